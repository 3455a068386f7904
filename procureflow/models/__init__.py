"""Mapped classes, with the constraints that make bad rows impossible."""

from procureflow.models.assets import Asset, AssetImport
from procureflow.models.base import Base
from procureflow.models.business_cases import (
    Endorsement,
    SectionDraft,
    SectionVersion,
    Submission,
    SubmissionSection,
)
from procureflow.models.compliance import DirectorateAction, NonComplianceRecord, PurchaseReport
from procureflow.models.evidence import AuditEvent, Mail, OutboxItem, SecurityEntry
from procureflow.models.people import Grant, OneTimeLink, Person
from procureflow.models.policies import Bundle, Installation, Proposal, Publication
from procureflow.models.requests import Check, ReferenceCounter, Request
from procureflow.models.reviews import Assessment, Condition, Decision, Declaration, Review, Vote
from procureflow.models.saved_lists import SavedList

__all__ = [
    "Assessment",
    "Asset",
    "AssetImport",
    "AuditEvent",
    "Base",
    "Bundle",
    "Check",
    "Condition",
    "Decision",
    "Declaration",
    "DirectorateAction",
    "Endorsement",
    "Grant",
    "Installation",
    "Mail",
    "NonComplianceRecord",
    "OneTimeLink",
    "OutboxItem",
    "Person",
    "Proposal",
    "Publication",
    "PurchaseReport",
    "ReferenceCounter",
    "Request",
    "Review",
    "SavedList",
    "SectionDraft",
    "SectionVersion",
    "SecurityEntry",
    "Submission",
    "SubmissionSection",
    "Vote",
]
