"""Tags for goals in free text: how many are right, how many are missed, how long it takes.

    python benchmarks/bench_goal_tags.py

209 invented answers (goal_texts.txt) with the tags that fit, and 14 tags as a coordinator would
list them: by their names alone, and each with a few words. Four ways to compare: n-grams of
characters, the meaning of words (wordllama, in the package), whole words, and words by TF-IDF.
A threshold for each is chosen on every second answer, where a wrong proposal costs as much as two
right ones bring, and the figures are those of the other half.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from measuring import RESULTS

from rmmatch.desk.survey.tags.free_text import Word, vectors_by, words_of
from rmmatch.desk.survey.tags.tag_proposals import LEAST_SIMILARITY, propose_tags
from rmmatch.types import GoalTags

TEXTS = Path(__file__).with_name("goal_texts.txt")
COST = 2.0  # of a wrong proposal, in right ones
THRESHOLDS = np.round(np.arange(0.2, 0.96, 0.05), 2)
TAGS: Mapping[str, Sequence[str]] = {
    "leadership": ["leading a team", "management", "influencing change"],
    "career development": [
        "career planning",
        "promotion",
        "next steps",
        "choosing a speciality",
        "job applications and interviews",
    ],
    "research": ["academic medicine", "grants and fellowships", "clinical trials", "PhD"],
    "writing and publishing": ["academic writing", "publishing papers", "thesis"],
    "teaching": ["medical education", "supervising students", "lectures", "giving feedback"],
    "quality improvement": ["QI", "audit", "patient safety", "service improvement"],
    "digital and data": ["digital health", "AI", "statistics", "coding", "informatics"],
    "wellbeing and balance": [
        "work-life balance",
        "burnout",
        "stress",
        "resilience",
        "managing workload",
    ],
    "communication and confidence": [
        "public speaking",
        "presenting",
        "imposter syndrome",
        "difficult conversations",
        "assertiveness",
    ],
    "equality and inclusion": [
        "EDI",
        "diversity",
        "racism",
        "being an ally",
        "disability",
        "gender",
    ],
    "exams and progression": ["passing exams", "revision", "ARCP", "differential attainment"],
    "flexible training": [
        "LTFT",
        "less than full time",
        "part-time working",
        "return to work",
        "maternity leave",
        "career break",
    ],
    "networking": ["building a network", "collaboration", "meeting people"],
    "new to the UK": [
        "international medical graduates",
        "IMG",
        "overseas doctor",
        "how the NHS works",
        "visas",
    ],
}
Ranked = list[tuple[str, float]]  # tags and similarities, the best first


def labelled() -> list[tuple[str, set[str]]]:
    """Return each answer and the tags that fit it."""
    answers = []
    for line in TEXTS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            tags, text = line.split("\t")
            answers.append((text, set() if tags == "-" else set(tags.split(";"))))
    return answers


def by_library(method: str) -> Callable[..., list[Ranked]]:
    """Return what `propose_tags` proposes, however unlike."""

    def ranked(texts: Sequence[str], tags: Mapping[str, Sequence[str]]) -> list[Ranked]:
        rows: dict[str, Ranked] = {text: [] for text in texts}
        lowest = float(THRESHOLDS[0])
        for row in propose_tags(texts, tags, method=method, at_least=lowest).proposals:
            if row.tag:
                rows[row.text].append((row.tag, row.similarity))
        return [rows[text] for text in texts]

    return ranked


def by_words(weigh: bool) -> Callable[..., list[Ranked]]:
    """Return the cosine of whole words, with or without the weights of TF-IDF."""

    def ranked(texts: Sequence[str], tags: Mapping[str, Sequence[str]]) -> list[Ranked]:
        bags = [Counter(word.folded for word in words_of(text)) for text in texts]
        n_with = Counter(word for bag in bags for word in bag)

        def weight(word: str) -> float:
            return math.log((1 + len(bags)) / (1 + n_with[word])) + 1 if weigh else 1.0

        def vector(bag: Mapping[str, int]) -> dict[str, float]:
            cells = {word: count * weight(word) for word, count in bag.items()}
            length = math.sqrt(sum(cell * cell for cell in cells.values())) or 1.0
            return {word: cell / length for word, cell in cells.items()}

        phrases = [
            (tag, vector(Counter(word.folded for word in words_of(phrase))))
            for tag, examples in tags.items()
            for phrase in (tag, *examples)
        ]
        rows = []
        for bag in bags:
            cells = vector(bag)
            best: dict[str, float] = {}
            for tag, other in phrases:
                cosine = sum(cell * other.get(word, 0.0) for word, cell in cells.items())
                best[tag] = max(best.get(tag, 0.0), cosine)
            rows.append(sorted(best.items(), key=lambda item: -item[1])[:3])
        return rows

    return ranked


METHODS = {
    "n-grams of characters": by_library("ngrams"),
    "wordllama": by_library("text"),
    "whole words": by_words(weigh=False),
    "words, TF-IDF": by_words(weigh=True),
}


def counted(
    rankings: Sequence[Ranked], fitting: Sequence[set[str]], least: float
) -> dict[str, float]:
    """Count proposals that are at least so similar: the first of each text, and all."""
    first = [next((tag for tag, value in row if value >= least), None) for row in rankings]
    n_first = sum(tag is not None for tag in first)
    right = sum(tag in tags for tag, tags in zip(first, fitting, strict=True))
    proposals = [
        (tag, tags)
        for row, tags in zip(rankings, fitting, strict=True)
        for tag, value in row
        if value >= least
    ]
    right_of_all = sum(tag in tags for tag, tags in proposals)
    n_with = sum(bool(tags) for tags in fitting)
    return {
        "proposed": n_first,
        "precision_at_1": right / n_first if n_first else 1.0,
        "recall_at_1": right / n_with,
        "precision_of_all": right_of_all / len(proposals) if proposals else 1.0,
        "recall_of_all": right_of_all / sum(map(len, fitting)),
        "gain": right_of_all - COST * (len(proposals) - right_of_all),
    }


def seconds_of(work: Callable[[], GoalTags]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Measure and write both results."""
    answers = labelled()
    texts, fitting = [text for text, _ in answers], [tags for _, tags in answers]
    lines = [
        f"{len(texts)} invented answers, {sum(map(len, fitting))} fitting tags of {len(TAGS)}; "
        f"{sum(not tags for tags in fitting)} answers fit none.",
        "Thresholds chosen on every second answer, figures of the other half.",
        "P@1, R@1: the first proposal of a text. P, R: all proposals, three at most.",
    ]
    results = []
    for title, tags in (
        ("tags with words", TAGS),
        ("names of tags alone", dict.fromkeys(TAGS, ())),
    ):
        lines += ["", f"{title:28} threshold  proposed   P@1   R@1     P     R"]
        for name, method in METHODS.items():
            rankings = method(texts, tags)
            tried = {
                float(least): counted(rankings[::2], fitting[::2], float(least))["gain"]
                for least in THRESHOLDS
            }
            least = max(tried, key=lambda value: (tried[value], value))
            figures = counted(rankings[1::2], fitting[1::2], least)
            results.append({"tags": title, "method": name, "threshold": least} | figures)
            lines.append(
                f"{name:28} {least:9.2f} {figures['proposed']:9.0f} "
                f"{figures['precision_at_1']:5.0%} {figures['recall_at_1']:5.0%} "
                f"{figures['precision_of_all']:5.0%} {figures['recall_of_all']:5.0%}"
            )
    lines += ["", "The library's own thresholds, all answers, tags with words:"]
    for method, least in LEAST_SIMILARITY.items():
        figures = counted(by_library(method)(texts, TAGS), fitting, least)
        results.append({"tags": "own threshold", "method": method, "threshold": least} | figures)
        lines.append(
            f"{method:28} {least:9.2f} {figures['proposed']:9.0f} "
            f"{figures['precision_at_1']:5.0%} {figures['recall_at_1']:5.0%} "
            f"{figures['precision_of_all']:5.0%} {figures['recall_of_all']:5.0%}"
        )
    many = [f"{texts[n % len(texts)]} {n}. {texts[n * 7 % len(texts)]}" for n in range(10_000)]
    lines += ["", "Seconds of work for 10,000 different texts:"]
    for method in LEAST_SIMILARITY:
        vectors_by(method).of([(Word("ready", "ready"),)])  # a model is loaded once
        tagged = seconds_of(lambda method=method: propose_tags(many, TAGS, method=method))
        grouped = seconds_of(lambda method=method: propose_tags(many, method=method))
        results.append({"method": method, "seconds_tags": tagged, "seconds_groups": grouped})
        lines.append(f"{method:28} tags {tagged:6.1f}   groups {grouped:6.1f}")
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.joinpath("goal_tags.txt").write_text(text, encoding="utf-8", newline="\n")
    data = json.dumps(results, indent=1) + "\n"
    RESULTS.joinpath("goal_tags.json").write_text(data, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
