"""The API as a page for people: the OpenAPI document as plain HTML, without a script or a font."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; --paper: light-dark(#FCFBF8, #10151C);
  --ink: light-dark(#1B2330, #E2E7EE); --muted: light-dark(#5F6978, #93A0B0);
  --line: light-dark(#DDD8CC, #2B3644); --card: light-dark(#F3F1EA, #19212B);
  --accent: light-dark(#2F4FC6, #8FA8FF); --work: light-dark(#7A5600, #F2C14E); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 60rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 "Source Sans 3", "Source Sans Pro", system-ui, sans-serif; }
h1, h2 { font-family: "Source Serif 4", Georgia, serif; font-weight: 600; margin: 1.6rem 0 .4rem; }
p, td.says, .muted { color: var(--muted); }
code, pre { font-family: "Source Code Pro", ui-monospace, monospace; font-size: .86em; }
a { color: var(--accent); }
details { border: 1px solid var(--line); border-radius: .3rem; margin: .4rem 0; }
summary { padding: .5rem .7rem; cursor: pointer; overflow-wrap: anywhere; }
summary:focus-visible { outline: 3px solid var(--accent); }
details > div { padding: 0 .7rem .7rem; overflow-x: auto; }
.get, .post { display: inline-block; width: 3.4rem; font-weight: 600; color: var(--accent); }
.post { color: var(--work); }
pre { background: var(--card); padding: .6rem .7rem; border-radius: .3rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0;
  border-bottom: 1px solid var(--line); font-weight: normal; }
th { color: var(--muted); }
"""


def page(api: Mapping[str, Any]) -> str:
    """The whole page."""
    info = api["info"]
    return "".join(
        [
            "<!doctype html><html lang=en><meta charset=utf-8>",
            '<meta name=viewport content="width=device-width, initial-scale=1">',
            f'<title>{escape(info["title"])} API</title><link rel=icon href="data:,">',
            f"<style>{STYLE}</style><h1>{escape(info['title'])} API</h1>",
            f"<p>Version {escape(info['version'])}. {escape(info['description'])}</p>",
            '<p>For programs: <a href="openapi.json">openapi.json</a></p>',
            *_routes(api),
            "<h2>Errors</h2><p>Every error is an object <code>{error, message, hint}</code>.</p>",
            _table(("Status", "When"), _errors(api)),
            "<h2>Nouns</h2>",
            *(_noun(name, noun) for name, noun in sorted(api["components"]["schemas"].items())),
            "</html>",
        ]
    )


def _routes(api: Mapping[str, Any]) -> Iterator[str]:
    base = api["servers"][0]["url"].rstrip("/")
    for tag in api["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2>"
        for path, methods in api["paths"].items():
            for method, op in methods.items():
                if tag["name"] in op["tags"]:
                    yield _route(base, method, path, op)


def _route(base: str, method: str, path: str, op: Mapping[str, Any]) -> str:
    given = [
        (p["name"], _kind(p["schema"]), _asked(p["schema"], p["required"]), p.get("description"))
        for p in op["parameters"]
    ]
    answers = [
        (status, _kind(answer["content"]["application/json"]["schema"]), "", answer["description"])
        for status, answer in op["responses"].items()
        if "content" in answer
    ]
    body = op.get("requestBody", {}).get("content", {}).get("application/json")
    return (
        f'<details id="{escape(op["operationId"])}"><summary><span class={method}>'
        f"{method.upper()}</span> <code>{escape(path)}</code> &nbsp;{escape(op['summary'])}"
        f"</summary><div><p>{escape(op['description'])}</p>"
        + (_table(("Parameter", "Type", "", ""), given) if given else "")
        + (f"<p>Body: {_kind(body['schema'])}</p>" if body else "")
        + f"<pre>{escape(_curl(base, method, path, op['parameters'], body))}</pre>"
        + _table(("Answer", "Type", "", ""), answers)
        + "</div></details>"
    )


def _curl(
    base: str, method: str, path: str, parameters: list[Any], body: Mapping[str, Any] | None
) -> str:
    for p in parameters:
        if p["in"] == "path":
            path = path.replace(f"{{{p['name']}}}", str(p["example"]))
    line = f"curl http://localhost:8501{base}{path}"
    if body:
        sent = json.dumps(body["example"], indent=2)
        return f"{line} -H 'Content-Type: application/json' -d '{sent}'"
    if method == "post":
        return f"{line} -X POST"
    query = "&".join(f"{p['name']}={p['example']}" for p in parameters if _shown(p))
    return f"curl 'http://localhost:8501{base}{path}?{query}'" if query else line


def _shown(parameter: Mapping[str, Any]) -> bool:
    return parameter["in"] == "query" and isinstance(parameter.get("example"), str | int)


def _noun(name: str, noun: Mapping[str, Any]) -> str:
    required = noun.get("required", ())
    rows = [
        (field, _kind(schema), _asked(schema, field in required), schema.get("description"))
        for field, schema in noun.get("properties", {}).items()
    ]
    return (
        f'<details id="noun-{escape(name)}"><summary><code>{escape(name)}</code> &nbsp;'
        f"<span class=muted>{escape(noun.get('description', '').split(chr(10))[0])}</span>"
        f"</summary><div>{_table(('Field', 'Type', '', ''), rows)}</div></details>"
    )


def _errors(api: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = api["components"]["responses"].items()
    return [(name.removeprefix("E"), each["description"]) for name, each in found]


def _table(heads: tuple[str, ...], rows: list[Any]) -> str:
    """The first cell is a name, the last are words, what is between is HTML."""
    return (
        "<table><tr>"
        + "".join(f"<th>{head}</th>" for head in heads)
        + "</tr>"
        + "".join(_line(*row) for row in rows)
        + "</table>"
    )


def _line(name: str, *cells: str | None) -> str:
    *middle, says = cells
    first = f"<td><code>{escape(name)}</code></td>"
    shown = "".join(f"<td>{cell}</td>" for cell in middle)
    return f"<tr>{first}{shown}<td class=says>{escape(says or '')}</td></tr>"


def _asked(schema: Mapping[str, Any], required: bool) -> str:
    if required:
        return "required"
    default = schema.get("default")
    return "" if default in (None, "", [], {}) else f"default {escape(json.dumps(default))}"


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in one word or a few, with links to nouns."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#noun-{escape(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return escape(str(schema.get("format") or schema.get("type") or "anything"))
