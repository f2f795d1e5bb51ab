"""Screens: one file each. The first line of a page is its place in the menu."""
