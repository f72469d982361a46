"""How many spellings of a value the survey proposer finds, and how many values it joins wrongly.

Clean values are invented in the manner of a hospital's form: specialities and sites, many of them
close to each other. From each, variants are written: a letter lost, added, changed or swapped,
another case, other signs, another order of words. Each value is written five times, each variant
once: a slip is rarer than what was meant. Beside it what `rapidfuzz.fuzz.partial_ratio`
of 90 would join, and the time for 50,000 different values.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
from collections.abc import Iterator

from rapidfuzz import fuzz

from rmmatch.desk.survey.cells.spellings import spelling_variants
from rmmatch.spelling import fold

SPECIALITIES = """
Cardiology; Paediatric cardiology; Radiology; Interventional radiology; Audiology; Neurology;
Paediatric neurology; Urology; Nephrology; Renal medicine; Respiratory medicine; Acute medicine;
General medicine; Geriatric medicine; Genitourinary medicine; Emergency medicine;
Intensive care medicine; Palliative medicine; Rehabilitation medicine; Occupational medicine;
Sports and exercise medicine; General surgery; Vascular surgery; Plastic surgery;
Paediatric surgery; Cardiothoracic surgery; Oral and maxillofacial surgery; Neurosurgery;
Trauma and orthopaedics; Obstetrics and gynaecology; Ophthalmology; Otolaryngology; Dermatology;
Rheumatology; Haematology; Hepatology; Gastroenterology; Endocrinology; Immunology;
Infectious diseases; Microbiology; Histopathology; Chemical pathology; Forensic pathology;
Anaesthetics; Paediatrics; Neonatology; Psychiatry; Old age psychiatry; Forensic psychiatry;
Child and adolescent psychiatry; Medical oncology; Clinical oncology; Clinical genetics;
Public health; Mental health; Dental public health; Sexual health; Stroke; Physiotherapy;
Occupational therapy; Speech and language therapy; Dietetics; Pharmacy; Midwifery
"""
SITES = """
St Aldhelm's Hospital; Royal Wexcombe; Royal Wexham Park; Wexcombe Community (Hill St); Northgate;
Southgate; Eastgate House; Westgate House; Barton Road; Burton Road; Ward 6; Ward 7; Ward 16;
Building 12 Floor 3; Building 13 Floor 2; Newtown Health Centre; Newton Health Centre; Heath Lodge;
Health Lodge; Riverside Clinic; Lakeside Clinic; Kingsmead; Queensmead; ST3; ST4; Band 6; Band 7
"""
# A second list, of names one letter apart: it is why a slip must be rarer than what was meant.
CLOSE_NAMES = """
Milton; Melton; Hilton; Halton; Walton; Wharton; Warton; Preston; Paignton; Penistone; Beccles;
Bexley; Bexhill; Dorking; Barking; Woking; Wokingham; Reading; Hexham; Wrexham; Horsham; Hersham;
Hitchin; Carlisle; Chester; Chesterfield; Winchester; Colchester; Dorchester; Rochester;
Manchester; Lancaster; Doncaster; Worcester; Gloucester; Leicester; Bicester; Bolton; Boston;
Buxton; Brixton; Brighton; Broughton; Houghton; Haughton; Stockton; Stockport; Southport; Newport;
Bridport; Bridgnorth; Bridgend; Clinical psychology; Clinical physiology; Clinical pharmacology;
Clinical neurophysiology; Cytology; Histology; Haematology; Hepatology; Herpetology; Nutrition and
dietetics; Orthotics; Orthoptics; Orthodontics; Endodontics; Periodontics; Prosthodontics;
Prosthetics; Restorative dentistry; Research and innovation; Research and development; Education
and training; Finance and procurement; Human resources; Communications; Commissioning; Estates and
facilities; Information governance; Clinical governance; Patient safety; Patient experience;
Digital services; Diagnostic services; Theatre recovery; Day surgery unit; Minor injuries unit;
Major trauma unit; Coronary care unit; Critical care unit; Special care baby unit; Theatre 1;
Theatre 11; Ward A1; Ward A2; Level 2 East; Level 2 West; Level 3 East
"""


def values(text: str) -> list[str]:
    return [" ".join(value.split()) for value in text.split(";")]


def slip(word: str, draw: random.Random) -> str:
    """A word with one letter behind its first lost, doubled, changed, or swapped with the next."""
    place = draw.randrange(1, len(word) - 1)
    kind = draw.choice(["lost", "added", "changed", "swapped"])
    if kind == "lost":
        return word[:place] + word[place + 1 :]
    if kind == "added":
        return word[:place] + word[place] + word[place:]
    if kind == "swapped":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + draw.choice("aeiourstln") + word[place + 1 :]


def variants(value: str, draw: random.Random) -> Iterator[str]:
    """Ways in which somebody else would write a value."""
    words = value.split()
    long_words = [place for place, word in enumerate(words) if word.isalpha() and len(word) >= 6]
    for place in long_words[:2] * 2:
        yield " ".join([*words[:place], slip(words[place], draw), *words[place + 1 :]])
    yield value.upper()
    if len(words) == 2 and all(map(str.isalpha, words)):
        yield f"{words[1]}, {words[0]}"
    if " and " in value:
        yield value.replace(" and ", " & ")
    if len(words) > 1 and not any(map(str.isdigit, value)):
        yield "-".join(words)
    yield value + "."


def figures(clean: list[str], seed: int) -> dict[str, object]:
    draw = random.Random(seed)
    by_fold = {fold(value) for value in clean}
    target: dict[str, str] = {}
    for value in clean:
        for variant in variants(value, draw):
            if fold(variant) not in by_fold and fold(variant) not in map(fold, target):
                target[variant] = value
    counts = {**dict.fromkeys(clean, 5), **dict.fromkeys(target, 1)}
    joined = {
        variant: main for main, texts in spelling_variants(counts).items() for variant in texts
    }
    correct = [variant for variant, main in joined.items() if target.get(variant) == main]
    unguarded = [
        pair
        for pair in itertools.combinations(clean, 2)
        if fuzz.partial_ratio(*map(fold, pair)) >= 90
    ]
    return {
        "clean values": len(clean),
        "variants": len(target),
        "found": len(correct),
        "wrong joins": sorted((v, m) for v, m in joined.items() if v not in correct),
        "missed": sorted(variant for variant in target if variant not in joined),
        "partial_ratio of 90: clean values joined": len(unguarded),
    }


def seconds(size: int) -> float:
    draw = random.Random(0)
    syllables = ["ba", "co", "di", "fen", "gar", "hul", "ist", "mon", "nor", "pel", "ros", "wick"]
    many: dict[str, int] = {}
    while len(many) < size:
        words = ("".join(draw.choices(syllables, k=draw.randint(2, 4))) for _ in range(3))
        many[" ".join(words)] = draw.randint(1, 9)
    start = time.perf_counter()
    spelling_variants(many)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print what was missed")
    arguments = parser.parse_args()
    lists = {
        "specialities and sites": values(SPECIALITIES) + values(SITES),
        "names one letter apart": values(CLOSE_NAMES),
    }
    for name, clean in lists.items():
        for seed in range(5):
            row = figures(clean, seed)
            print(
                f"{name}, seed {seed}: {row['found']} of {row['variants']} variants of "
                f"{row['clean values']} values found, wrong joins: {row['wrong joins']}; "
                f"partial_ratio >= 90 joins {row['partial_ratio of 90: clean values joined']}"
            )
            if arguments.show:
                print("  missed:", row["missed"])
    taken = seconds(50_000)
    print(f"50,000 different values: {taken:.1f} s")


if __name__ == "__main__":
    main()
