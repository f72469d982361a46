"""The columns a form may fill, and how forms word the question for each.

Written from what mentoring forms ask, not for the forms by which the proposer is measured.
"""

from __future__ import annotations

import re

from rmmatch.desk.survey.field_kinds import FieldKind
from rmmatch.desk.survey.private_fields import PRIVATE_FIELDS

__all__ = ["FIELDS", "NO_FIELD", "PROMISE"]

# A wish about the partner, or a plan, is no fact about the person.
_WISH = (
    r"\bprefer(red|ence|ences)?\b|same (gender|sex|ethnic|race|back|organisation|department)"
    r"|\bimportant\b|\bmatter|(like|want) (your|a|to have a|to be matched with a) "
    r"(mentor|mentee|partner|match)\b|looking for|(type|kind|sort) of (mentor|mentee|partner)"
    r"|ideal (mentor|mentee|match)"
    r"|mentor('s)? (to be|who|with)|your (mentor|mentee|match|partner)\b"
    r"|from (the|a) (same|different|another)|outside (of )?your|open to"
)
# What schemes call the two sides.
_PARTNER = (
    "mentor/mentee/partner/buddy/tutor/tutee/coach/coachee/big/little/guide/newcomer/"
    "protege/sponsor"
)
_PERSON = r"manager|supervis|tutor\b|advisor|adviser|emergency|parent|guardian|referee|next of kin"
# Who promises something tells nothing else, whatever the promise is about.
PROMISE = re.compile(
    r"^(by \w+ing .{0,60}?,? ?)?i (hereby |also )?"
    r"(consent|agree|confirm|understand|acknowledge|authori[sz]e|declare"
    r"|give (my )?(consent|permission)"
    r"|will (always )?(attend|abide|comply|adhere|keep|respect|treat|follow|maintain|commit))\b"
)
# What no column is filled from, whatever else the words say.
NO_FIELD = re.compile(
    r"\bweight(ing|ings|s)?\b|newsletter|mailing list|(office|internal) use"
    r"|leave (this )?blank|travel|"
    r"testimonial|recommend|signature|\bpostal\b|website|github|twitter|slack|"
    r"^thank|^rate\b|favou?rite|\bbio\b|\bexcited\b(?! to (mentor|help|teach|learn|share))"
    r"|alma mater|how .* proceed"
    r"|(questions|concerns), |anything else"
    r"|any (other|further|additional) (comment|information|question|detail|note)"
    r"|further (comment|information)|^comments?\b|\bcomments?\?*$|(hear|heard|find out|found out) "
    r"about|questions? (for|or) us|^why\b|\blinkedin|instagram|whatsapp|phone|mobile|skype"
    r"|fun fact|about yourself|emergency contact|dietary|t-?shirt|hobb(y|ies)|short bio|biograph"
)


_PEOPLE = (
    FieldKind(
        "id",
        "id",
        "id; student id/number; employee/staff/personnel/payroll id/number; "
        "participant/member/applicant/candidate/volunteer/pupil id/number; "
        "response/respondent/record/user id; username; matriculation/enrolment number; "
        "unique identifier/reference",
        "identifier; reference number; collector id",
        rf"{_PERSON}|phone|mobile|collector|zoom|linkedin|skype|discord|instagram|social"
        r"|gitter|matrix\b|telegram|teams\b|wechat|orcid|steam|gamer",
        values="id",
    ),
    FieldKind(
        "role",
        "mentor or mentee",
        "mentor or mentee; take part as; participate as; join/joining as; sign/signing up as; "
        "apply/applying/registering/register as; mentor mentee; mentee mentor; like to be mentor; "
        "like to be mentee; want to be "
        "mentor/mentee; interested being mentor/mentee; participant/applicant type; role in "
        "programme/scheme; big or little; tutor or tutee; be mentor mentee; "
        "give/giving/offer/offering/provide/providing or receive/receiving/get/getting",
        "role; are you mentor mentee",
        r"^both\b|have you|previous|\bwhy\b|how many|how long|\bjob|career|match(ed)? with"
        r"|experience"
        r"|your mentor|your mentee|hope|expect|current role|\bgender\b|more than one",
        values="role",
    ),
    FieldKind(
        "name",
        "name",
        "name; full name; what call you; first and last/surname name; name and surname; "
        "participant/student "
        "name; person/child/pupil/applicant/candidate name",
        "preferred name; mentor name; mentee name",
        rf"{_PERSON}|compan|organi|employer|team|project|school|universit|college|hospital|trust"
        r"|line|refer|nominat|(your|the) (mentor|mentee)|user ?name|file|nick|depart|programme"
        r"|course|institution|job|(name|position|role) title|title of|\bpet\b"
        r"|any(one|body)|some(one|body)|who (would|do|is)|previous|partner|rather"
        r"|not (be|to)|pronounce"
        r"|their name|names of|(would|you'd) like|^(first|last|given|family|middle|fore) ?name"
        r"|pronoun|^(?!(full|your|my|own|legal|preferred|complete|real|display|person\w*|child"
        r"|pupil"
        r"|student|participant|applicant|candidate|trainee|employee|staff|member|volunteer|doctor"
        r"|mentor|mentee|tutee|coach\w*|guide|ambassador|buddy|respondent|learner"
        r"|guest)\b)\w+ name$",
        values="name",
    ),
    FieldKind(
        "first_name",
        "first name",
        "first name; forename; given name; preferred first name; firstname",
        "",
        rf"{_PERSON}|last|surname|family|their",
        values="name_part",
    ),
    FieldKind(
        "last_name",
        "last name",
        "last name; surname; family name; second name; lastname",
        "",
        rf"{_PERSON}|first|forename|given|their|\bname (any|every|some|the|up|who|a)"
        r"|last (\d+|two|three|few|round|cohort|year|month)",
        values="name_part",
    ),
    FieldKind(
        "email",
        "e-mail address",
        "email; email address; work/university/school/institutional/company email; contact email",
        "",
        rf"{_PERSON}|may we|can we|consent|newsletter|mailing list|prefer|subscribe"
        r"|how .*(contact|communicat)|by email|via email|send|agree|partner|comfortable"
        r"|or phone|confirm|repeat",
        values="email",
    ),
)
_DESCRIPTIONS = (
    FieldKind(
        "grade",
        "grade",
        "grade; band; banding; pay band; seniority; career/current/life stage; career level; "
        "stage of career/training; "
        "position "
        "level; job level; level of seniority/experience/study/training; training "
        "grade/level/year; "
        "year of study; study year; year group/level; academic year; academic level/standing; "
        "class year/standing; what class in; "
        "year in school/university/college/programme; what year are you in; "
        "current/study level; professional level; student level; education level; civil service "
        "grade; level of education",
        "year; level; graduation year; year of graduation; "
        "class of; degree level; phd year; qualification; rank",
        rf"{_WISH}|{_PERSON}|years?( of)?( \w+)? experience|\bgpa\b|birth|comfort|how confident"
        rf"|would you like|rate your"
        r"|years? .*(with|at) |last year|this year|mentoring experience|skill|english|how many"
        r"|interest|proficien|^rank (the|each|your)|importance|\bpreferred\b",
        values="grade",
    ),
    FieldKind(
        "speciality",
        "speciality or subject",
        "functional/technical/main area; "
        "speciality; specialism; specialisation; profession; occupation; discipline; majoring; "
        "field of work/study/expertise/research/practice/interest; subject; major; degree "
        "programme/course/subject; course of study; programme of study; area of "
        "practice/expertise/work/study/research/specialisation; clinical area; job "
        "function/family; function; industry; research area/interest/field/topic; "
        "study/studying "
        "what; expertise; professional background/field/area; subject area; "
        "academic programme; degree; domain; work/working area; line of work; field you work; "
        "work/working in area; specialist area; clinical interest; practice area; trade",
        "job title; job role; role title; position; role; current role; post; course; sector; "
        "programme; field; background; title; "
        "minor; career area; career path; professional",
        rf"tutoring|{_WISH}|{_PERSON}|support|\bhelp\b|\bwant\b|^depart|depart\w+ (and|or|/)"
        r"|how long"
        r"|how many|year|ethnic|join|why"
        r"|help you|take part"
        r"|mentoring programme|apply|hear about|would you like to|hop(e|ing)|level\b|achiev|gain",
        is_several=True,
    ),
    FieldKind(
        "department",
        "department",
        "department; division; directorate; business unit/area; faculty; team; school/department",
        "unit; service; section; school",
        rf"expectation|connection|other (universit|compan|organi)|opinion|do you think|{_WISH}"
        rf"|{_PERSON}|how |manage|why|teamwork|would you|skill|interest|work in a team|age"
        r"|\b(in|at|after|before|outside|outside of|out of) school\b|attend|organi[sz]ation",
    ),
    FieldKind(
        "organisation",
        "organisation",
        "organisation; employer; company; institution; university; trust; agency; firm; "
        "affiliation; nhs trust/organisation; who do you work for; where do you work; "
        "school/college attend; "
        "school organisation; where "
        "employed; employed by; where do you "
        "study; place of study; institute",
        "school; college; business; charity",
        rf"expectation|connection|other (universit|compan|organi)|opinion|do you think|{_WISH}"
        rf"|{_PERSON}|email|how |why|would you|contact|manage|website|skill|level"
        r"|years?\b|address|name of .*(manager|mentor)|involved|member of|belong|\bclubs?\b|societ"
        r"|tenure|length of",
    ),
    FieldKind(
        "workplace",
        "place of work",
        "workplace; site; campus; office; office location; work location; location; base; "
        "where are you based/located; place of work; city; town; hospital; building; work site; "
        "home office; "
        "where do you live",
        "based; region; country; area; postcode; state; address; county; nation",
        rf"expectation|connection|other (universit|compan|organi)|opinion|do you think|{_WISH}"
        rf"|{_PERSON}|email|web ?site|how |why|meet|would you|area of|areas|office hours"
        r"|back office|country of (birth|origin)|nationality|interest|link|linkedin|in person"
        r"|home ?town|grew up|come from|originally|involved|member of|belong|\bclubs?\b",
    ),
)
_PEOPLE_TAKEN = "student/people/person/match/pupil/learner"
_HELP = "support/help/guidance/advice/mentoring/assistance/input"
_GAIN = "gain/achieve/learn/get/accomplish/develop/improve/obtain/grow/receive/build/strengthen"
_PROMISE = r"\bi (understand|agree|confirm|acknowledge|consent)\b|substitute"
_ANSWERS = (
    FieldKind(
        "goals",
        "goals or topics",
        f"goal; objective; aim; hope/hoping {_GAIN}; want/like/wish/looking/need {_GAIN}; "
        f"like/want/need/looking/seek/seeking {_HELP}; area {_HELP}; area "
        "development/focus/improvement/interest/growth/strength; topic; capability; competency; "
        f"giving/give/offer/provide {_HELP}; advice; "
        " skill "
        "develop/improve/learn/gain/build/offer/share/strengthen/enhance/teach/grow; like/want to "
        "work on; like/want to focus on; focus area; help/support/advise/mentor others with/on/in; "
        f"can/could/able/offer/provide/happy {_HELP} with/on/in; able/offer/share/provide "
        "knowledge/skill/expertise/experience; what can you offer; "
        "interested learning/developing/discussing; like/want to discuss/cover/explore; talk/chat "
        "about; pass on; priority mentoring/development; "
        " get out "
        "of; outcome; theme; what offer; comfortable/confident/qualified/willing/excited "
        "mentoring/advising/coaching/discussing/teaching/tutoring/mentor/advise/teach/tutor; "
        "subject/course/module tutor/teach; which/what comfortable/confident with; development "
        "need/area/goal; learning need/goal/outcome; mentoring area/topic/need; what expect "
        "from/programme/mentor; strength; career goal/aspiration/interest; good at; what "
        "interested "
        "in; what support/help/guidance/advice; mentor/mentee/which/what/your skill; area "
        "mentor/mentoring/mentored/advise/coach/coaching/teach/cover/tutor; "
        "specific area/topic",
        "skill; expectation; interest; interested in; focus; challenge; expertise; aspiration; "
        "priority; course/subject tutoring",
        r"interested in a\b|experience level|level of experience|(type|kind|sort) of (mentor"
        r"|mentee|partner|match)|feedback"
        r"|someone (outside|from|of|who|with)|willing to be|reserve"
        r"|hear about|heard|anything else|any other(?! (topic|area|skill|goal))|comments?\b"
        r"|\bhow (many|often|long|much)\b"
        r"|gender|frequen|consent|agree|availab|accessib|adjust|diet|hobb|outside (of )?work"
        r"|not want|prefer not|rather not|avoid|free time|fun\b|previous|personalit"
        r"|communication style"
        r"|in person|virtual|online"
        r"|why (do|are|would)|become interested|travel|cost|expens"
        r"|\byou (regularly |already )?use\b|expect\w* (from|of) (your |a |the )?mentee"
        r"|^how will you|give or (receive|get)|giv\w+ or (receiv|gett)"
        r"|interested in (meeting|participat|attend|being|becom|having|joining)"
        r"|^(are|would) you (be )?(also )?interested in "
        r"(?!learn|develop|improv|discuss|explor|build|gain)\w+ing\b"
        r"|\bdays?\b|time commit|privacy|confirm|match(ed)? with|research",
        values="goals",
        is_several=True,
    ),
    FieldKind(
        "availability",
        "availability",
        "free period/slot/time/hour; "
        "availability; available; when are you free; which/what day/time; day and time; "
        "preferred/prefer/best day/time; preferred meeting time/day; time slot; time of day; day "
        "can/could meet; time can/could meet; day of week; suitable time/day; when meet; free time "
        "day/slot; which/what morning/afternoon/evening/weekday; days times; time you can/could; "
        "times suit; working/work days/pattern; "
        "when can/could meet/talk/call/mentor/tutor/work/take",
        "weekday; schedule; time; days",
        r"pass ?time|past ?time|spare time|time (do|in your)|how often|frequen|how long|how many"
        r"|how much|hours? (per|a|each)|commit|time ?zone"
        r"|start (time|date)|end (time|date)|completion|able to attend|for the (full|entire|whole)"
        r"|full.time|part.time|hobb|first time|do in your|spend|last (time|modified)"
        r"|submi|session on|long.term|months?\b|enjoy|available to (attend|mentor|take)",
        values="times",
        is_several=True,
    ),
    FieldKind(
        "capacity",
        "how many partners",
        f"how many {_PARTNER}/{_PEOPLE_TAKEN}; number of {_PARTNER}/{_PEOPLE_TAKEN}; "
        f"num {_PARTNER}/student; how many tour; number of tour; "
        f"maximum/max {_PARTNER}/{_PEOPLE_TAKEN}/number; capacity; "
        f"more than one {_PARTNER}; additional mentee/little/tutee; two {_PARTNER}; "
        f"multiple {_PARTNER}/student",
        "",
        r"hour|have you (had|mentored|been|ever)|previous|years|times|so far|in the past|meeting"
        r"|often|meet (up|once|each|every|per|a)\b|worked with|capacity (as|in|building)"
        r"|preferred number of meet|in (a|what) .*capacity"
        r"|manage|months|email|phone|(mentee|mentor|student|partner) num\b",
        values="capacity",
    ),
    FieldKind(
        "attended_training",
        "attended the training",
        "attended/attend/completed/complete/done/undertaken/finished/received "
        "training/induction/workshop/orientation/briefing/webinar; complete/completed/done/taken "
        "course/module/elearning/learning; mentor training; mentoring training; training "
        "attended/completed/date/status",
        "",
        r"willing|would you|able to|can you|will you|interested|level|grade|stage of"
        r"|commit|agree|understand|topic|would like|i will",
        values="yes_no",
    ),
    FieldKind(
        "status",
        "status",
        "application status; applicant status; participation status; matching status",
        "",
        r"visa|marital|employ|immigra|student|citizen|work status",
    ),
    FieldKind(
        "priority",
        "priority",
        "priority score; carried over; applied last year unmatched",
        "",
        "",
        values="number",
    ),
)
_MATCHES = (
    FieldKind(
        "preferences",
        "preferred partners",
        f"requested {_PARTNER}; {_PARTNER} preference; preferred {_PARTNER} name; "
        f"pref {_PARTNER}; particular/specific {_PARTNER} name; "
        "first/second/third/1st/2nd/3rd/fourth/4th/fifth/5th choice; preferred mentor/mentee name; "
        "who like/want/prefer mentor/mentee/partner; know who matched; who like matched/work; "
        "colleague/people/anyone/anybody like/love matched; preference who; "
        "like matched with specific/someone/anyone/person/whom; "
        f"request {_PARTNER}; preferred match/{_PARTNER}; rank {_PARTNER}; choice {_PARTNER}; "
        "specific person/mentor/mentee matched; specific mentor in mind; already "
        "have mentor/mentee in mind; name of person like matched; name/friend like matched; "
        "friend like matched",
        "choice",
        r"regarding|about|any preference|^preferences? for|^pref\w* \w+ (?!name|choice"
        r"|\d)[a-z]+$|style|what |not (be|to|want|like"
        r"|wish)|n't|avoid|gender"
        r"|rather|goal|topic|site|time|day|location"
        r"|format|method|style|language|age\b|background|industry|speciality|important|trait"
        r"|quality|qualities|mode|type of|kind of|same|like to (enter|give|name|provide|specify)"
        r"|proceed|importan|similar|someone (of|from|who|with|in)\b|the \S+ communit"
        r"|by (gender|ethn|same)",
        values="people",
        is_several=True,
    ),
    FieldKind(
        "declined",
        "people not to be paired with",
        "exclusion; anyone/who inappropriate matched; "
        "people/anyone/anybody/who/whom/person/mentor/colleague avoid; "
        "anyone/anybody/someone/somebody/person/people/colleague/who/mentor/mentee not "
        "matched/work/want/like/wish; rather/prefer/would/do not matched; do not matched with; "
        "don't "
        "want matched; not like to be matched; should not matched; avoid matched/matching/being; "
        "cannot "
        "matched; excluded people/person; exclude anyone/mentor/mentee/people; know already mentor",
        "",
        rf"{_PROMISE}|if (you|i) (do|are|can) not|not (a|able|sure)|will not be (shared|passed)"
        r"|guarantee"
        r"|may not be matched|might not|understand|agree|not currently|gender",
        values="people",
        is_several=True,
        does_protect=True,
    ),
    FieldKind(
        "conflict",
        "conflicts of interest",
        "conflict of interest; conflicts; related to anyone/mentor; relationship with "
        "mentor/mentee/participant",
        "",
        rf"{_PROMISE}|manag(e|ing) conflict|conflict (resolution|management|handling)|skill|topic"
        r"|deal",
        values="people",
        is_several=True,
        does_protect=True,
    ),
    FieldKind(
        "line_manager",
        "line manager",
        "who manage/manages you; "
        "line manager; manager name; your manager; who manager; reporting/direct/current/immediate "
        "manager; who do you report to; report to; reports to; manager email; boss; line "
        "management",
        "manager; head of department; team leader",
        rf"{_PROMISE}|(type|kind|style) of|approv|permission|aware|agree|are you (a|currently a)"
        r"|people manager|manage people"
        r"|support(ed|ive)?\b|consent|discuss|confirm|experience|become|being a|skill|challenge"
        r"|how (to|many|do)|direct reports|your (current )?role",
        values="people",
        is_several=True,
        does_protect=True,
    ),
    FieldKind(
        "supervisor",
        "supervisor",
        "ed/educational/clinical sup; "
        "educational/clinical/academic/research/phd/thesis/project supervisor; supervisor name; "
        "your supervisor; who supervisor; principal investigator; supervisor",
        "advisor; adviser; lab pi",
        rf"{_PROMISE}|approv|permission|aware|agree|are you (a|currently a)|support(ed|ive)?\b"
        r"|consent|discuss"
        r"|confirm|experience|become|being a|skill|how (to|many|do)",
        values="people",
        is_several=True,
        does_protect=True,
    ),
    FieldKind(
        "tutor",
        "tutor",
        "personal/academic/college/course/pastoral tutor; your tutor; who tutor; tutor name; "
        "academic advisor/adviser; programme director",
        "tutor",
        rf"{_PROMISE}|prefer|particular|becom|want|tutee|tutoring|like to be|would you|can you"
        rf"|want a|need a|why"
        r"|subject"
        r"|how many|agree"
        r"|willing|experience",
        values="people",
        is_several=True,
        does_protect=True,
    ),
    FieldKind(
        "examiner",
        "examiner",
        "examiner; assessor; appraiser; who assess you; who appraise you; panel member",
        "",
        rf"{_PROMISE}|are you (an|a)\b|agree|experience",
        values="people",
        is_several=True,
        does_protect=True,
    ),
    FieldKind(
        "past_pair",
        "earlier partners",
        f"{_PARTNER} had before/previously; "
        f"previous/past/former/current/last/existing/prev {_PARTNER}; "
        f"who was your {_PARTNER}; {_PARTNER} last year/round; already matched/mentored/mentoring; "
        "previously matched/mentored; mentored by/before/previously; who mentored; "
        "who matched previous/last/earlier/before/previously; anyone/anybody/people mentored",
        "",
        rf"{_PROMISE}|\bwant|have you (ever |previously |already "
        r")?(been|had|participated|mentored|taken|done|acted"
        r"|attended)|experience|how many|did you|do you (have|currently)|are you|what did"
        r"|programme|current mentors? (will|can|may)|like|hope|as a (mentor|mentee)|why",
        values="people",
        is_several=True,
        does_protect=True,
    ),
)
_TOOLS = (
    FieldKind(
        "timestamp",
        "time of the answer",
        "timestamp; completion time; submitted at/on; submission/submit date/time; date submitted; "
        "recorded date; date of submission; date completed; time stamp; created at; completed at",
        "end date; submitdate; submitted; created; completed",
        r"did you|have you|training|learning|start|modified|birth|avail|prefer|join|training"
        r"|opened|graduat",
        values="date",
        is_several=True,
    ),
    FieldKind(
        "consent",
        "consent",
        "permission shared/used/contacted/contact; "
        "consent; i agree; do you agree; i confirm; i understand; acknowledge; data protection; "
        "privacy notice/policy/statement; gdpr; confirm; read and accept/agree; accept "
        "terms/conditions; permission share/use/contact; terms "
        "conditions; code of conduct; happy for us to share/contact; agreement; read and "
        "understood; confirm that; i/you commit; able/willing/can commit; committed; commit "
        "attend/attending; declaration; "
        "confidentiality",
        "commitment; privacy; agree",
        r"how (much|many|often|long)|anonymous|work.life|per (week|month|session)|^(time|hours?)\b"
        r"|confirm (your )?(email|password)",
        values="consent",
        is_several=True,
    ),
)
FIELDS: tuple[FieldKind, ...] = (
    *_PEOPLE,
    *_DESCRIPTIONS,
    *_ANSWERS,
    *_MATCHES,
    *_TOOLS,
    *PRIVATE_FIELDS,
)
