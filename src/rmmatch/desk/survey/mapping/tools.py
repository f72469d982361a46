"""Exports of known tools: which columns the tool writes itself, before the questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rmmatch.spelling import fold

__all__ = ["TOOLS", "SurveyTool", "tool_of"]


@dataclass(frozen=True)
class SurveyTool:
    """The columns that a tool adds to an export.

    Attributes
    ----------
    name : str
        As people call it.
    needs : tuple of str
        Folded headers that are all there.
    own : dict of str to str
        Folded header of the tool → the field it feeds, or nothing.
    """

    name: str
    needs: tuple[str, ...]
    own: dict[str, str]


def _nothing(*headers: str) -> dict[str, str]:
    return dict.fromkeys(headers, "")


TOOLS: tuple[SurveyTool, ...] = (
    SurveyTool(
        "Microsoft Forms",
        ("start time", "completion time"),
        {
            "id": "id",
            "email": "email",
            "name": "name",
            "completion time": "timestamp",
            **_nothing("start time", "last modified time", "language", "total points"),
            **_nothing("quiz feedback", "grade posted time", "responder"),
        },
    ),
    SurveyTool(
        "Qualtrics",
        ("startdate", "enddate", "recordeddate"),
        {
            "responseid": "id",
            "recordeddate": "timestamp",
            "recipientlastname": "last_name",
            "recipientfirstname": "first_name",
            "recipientemail": "email",
            **_nothing("startdate", "enddate", "status", "ipaddress", "progress", "finished"),
            **_nothing("duration (in seconds)", "externalreference", "externaldatareference"),
            **_nothing("locationlatitude", "locationlongitude", "distributionchannel"),
            **_nothing("userlanguage", "q_recaptchascore"),
        },
    ),
    SurveyTool(
        "Qualtrics",
        ("start date", "end date", "recorded date"),
        {
            "response id": "id",
            "recorded date": "timestamp",
            "recipient last name": "last_name",
            "recipient first name": "first_name",
            "recipient email": "email",
            **_nothing("start date", "end date", "response type", "ip address", "progress"),
            **_nothing("finished", "duration (in seconds)", "external data reference"),
            **_nothing("location latitude", "location longitude", "distribution channel"),
            **_nothing("user language"),
        },
    ),
    SurveyTool(
        "REDCap",
        ("record_id",),
        {
            "record_id": "id",
            **_nothing("redcap_survey_identifier", "redcap_event_name", "redcap_data_access_group"),
            **_nothing("redcap_repeat_instrument", "redcap_repeat_instance"),
        },
    ),
    SurveyTool(
        "REDCap",
        ("record id", "survey identifier"),
        {
            "record id": "id",
            "survey timestamp": "timestamp",
            **_nothing("survey identifier", "event name", "data access group", "complete?"),
        },
    ),
    SurveyTool(
        "SurveyMonkey",
        ("respondent id", "collector id"),
        {
            "respondent id": "id",
            "email address": "email",
            "first name": "first_name",
            "last name": "last_name",
            "date modified": "timestamp",
            "end date": "timestamp",
            **_nothing("collector id", "start date", "date created", "ip address"),
            **_nothing("custom data 1", "custom_1", "custom data"),
        },
    ),
    SurveyTool(
        "Jisc Online Surveys",
        ("unique response number",),
        {
            "unique response number": "id",
            "completion date": "timestamp",
            "submission date": "timestamp",
            **_nothing("start date", "started", "completed", "token", "respondent", "duration"),
        },
    ),
    SurveyTool(
        "Google Forms",
        ("timestamp",),
        {
            "timestamp": "timestamp",
            "email address": "email",
            "username": "email",
            **_nothing("score"),
        },
    ),
    SurveyTool(
        "Typeform",
        ("#", "submit date (utc)"),
        {
            "#": "id",
            "submit date (utc)": "timestamp",
            **_nothing("start date (utc)", "stage date (utc)", "network id", "tags"),
            **_nothing("response type", "ending", "score"),
        },
    ),
    SurveyTool(
        "KoboToolbox",
        ("_uuid", "_submission_time"),
        {
            "_id": "id",
            "_submission_time": "timestamp",
            **_nothing("start", "end", "_uuid", "_validation_status", "_notes", "_status", "_tags"),
            **_nothing("_submitted_by", "__version__", "_index", "deviceid"),
        },
    ),
    SurveyTool(
        "LimeSurvey",
        ("response id", "last page", "start language"),
        {
            "response id": "id",
            "date submitted": "timestamp",
            **_nothing("last page", "start language", "seed", "date started", "ip address"),
            **_nothing("date last action", "referrer url"),
        },
    ),
)


def tool_of(headers: Sequence[str]) -> SurveyTool | None:
    """Return the tool that wrote an export, if its own columns are there.

    Parameters
    ----------
    headers : sequence of str

    Examples
    --------
    >>> tool_of(["ID", "Start time", "Completion time", "Email", "Name"]).name
    'Microsoft Forms'
    """
    folds = {fold(header) for header in headers}
    return next((tool for tool in TOOLS if folds.issuperset(tool.needs)), None)
