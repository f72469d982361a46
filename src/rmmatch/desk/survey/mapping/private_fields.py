"""What people keep private: how forms ask for it. Such a column is proposed as sensitive."""

from __future__ import annotations

from rmmatch.desk.survey.mapping.field_kinds import FieldKind

__all__ = ["PRIVATE_FIELDS"]

_SENSITIVE_WISH = (
    r"should your|^preferred\b|looking for|\bpref(s|erence|erences)?$|\bprefer\b.*\b(mentor"
    r"|mentee|match|partner|tutor"
    r"|same|gender|someone)\b"
    r"|same (gender|sex|ethn"
    r"|race|back|age)|(mentor|mentee|match|partner)('s)? (of|who|with|from|to be|gender)|"
    r"gender (prefer|match)|matched (with|by|on|to)|important|would you (like|want|mind|rather)"
    r"|mentor'?s? gender|working with|comfortable with|topic|gender of"
)


def _private(name: str, title: str, aliases: str, hints: str = "", veto: str = "") -> FieldKind:
    pattern = f"{_SENSITIVE_WISH}|{veto}" if veto else _SENSITIVE_WISH
    return FieldKind(name, title, aliases, hints, pattern, values="private", is_sensitive=True)


PRIVATE_FIELDS = (
    _private(
        "gender", "gender", "gender; sex; gender identity; identify man/woman; male or female"
    ),
    _private("pronouns", "pronouns", "pronoun"),
    _private("transgender", "transgender", "transgender; trans; gender assigned birth"),
    _private(
        "ethnicity",
        "ethnicity",
        "ethnicity; ethnic; ethnic background/group/origin; race; racial; race ethnicity; "
        "bame; heritage; hispanic; person of colour/color; bipoc; minority; underrepresented",
        "",
        r"racing|human race|minority of",
    ),
    _private(
        "disability",
        "disability",
        "disability; disabled; impairment; health condition; long term condition/illness; "
        "neurodivergent; neurodiverse; neurodiversity; reasonable adjustment; access "
        "need/requirement; accessibility; special need; mental health; learning difference; "
        "accommodation need/required/requirement/request/disability; adjustment",
        "",
        r"topics?|support (others|mentees)|interest",
    ),
    _private(
        "orientation",
        "sexual orientation",
        "sexual orientation; sexuality; lgbt; lgbtq; lgbtqia; lgbtqi; lgbtq+; heterosexual; queer",
    ),
    _private("religion", "religion", "religion; religious; faith; belief; religion or belief"),
    _private(
        "nationality",
        "nationality",
        "nationality; citizenship; citizen; country of birth/origin; visa; immigration; "
        "international student; home or international; home country; refugee; migrant; "
        "international medical graduate; img; first language; native language; mother tongue",
        "",
        r"topics?|advice|help",
    ),
    _private(
        "caring",
        "caring responsibilities",
        "caring responsibility; carer; parental; dependant; dependent; childcare; children; "
        "caregiver; parent",
        "",
        r"topics?|guardian.*(name|email|phone|contact)"
        r"|parent.*(name|email|phone|contact|permission)"
        r"|work with children",
    ),
    _private(
        "age",
        "age",
        "age; age group/range/bracket; date of birth; birthday; birth; year of birth; how old; dob",
        "",
        r"age (group|range)s? (you|do you|of students)",
    ),
    _private(
        "marital", "marital status", "marital status; married; marriage; pregnancy; maternity"
    ),
    _private(
        "socio_economic",
        "socio-economic background",
        "socio economic; socioeconomic; first generation; first in family; free school meal; "
        "social class; low income; social mobility; parent occupation; type of school; care "
        "leaver; widening participation; family university; household income; first gen",
    ),
    _private(
        "diversity",
        "diversity",
        "protected characteristic; characteristic; diversity; identify as; "
        "demographic; identity; how identify yourself/you; identify yourself;  political; "
        "criminal; conviction",
        "",
        r"interest|promot|topic",
    ),
)
