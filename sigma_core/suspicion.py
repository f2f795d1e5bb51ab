"""Leak audits as the lake keeps them: the last word on each matrix."""

from sigma_core.domain.leaks import LeakAudit
from sigma_core.lab import Lab
from sigma_core.parse import parse, plain

KIND = "leaks"


def keep_audit(lab: Lab, audit: LeakAudit) -> LeakAudit:
    """Keep an audit of a matrix, and answer the one that now stands.

    A sample that finds nothing takes the place neither of a full audit nor of one that found
    something: what failed stands until a full audit finds nothing.
    """
    stands = audit_of(lab, audit.matrix_sha)
    if stands is not None and (stands.full or not stands.ok) and audit.ok and not audit.full:
        return stands
    lab.lake.save(KIND, audit.matrix_sha, plain(audit))
    return audit


def audit_of(lab: Lab, matrix_sha: str) -> LeakAudit | None:
    """The audit of a matrix that stands; None if there is none. Raises Damaged."""
    if not lab.lake.has(KIND, matrix_sha):
        return None
    return parse(LeakAudit, lab.lake.load(KIND, matrix_sha))


def last_audit(lab: Lab, pack_id: str, model_id: str) -> LeakAudit | None:
    """The newest audit of a model; None if there is none. Raises Damaged."""
    for name in lab.lake.names(KIND):
        audit = audit_of(lab, name)
        if audit is not None and (audit.pack_id, audit.model_id) == (pack_id, model_id):
            return audit
    return None


def suspected(lab: Lab) -> dict[str, LeakAudit]:
    """By matrix_sha: the audits that stand and found something. Raises Damaged."""
    found = (audit_of(lab, name) for name in lab.lake.names(KIND))
    return {audit.matrix_sha: audit for audit in found if audit is not None and not audit.ok}
