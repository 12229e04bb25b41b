"""Writes `data/tickets.csv`: invented messages of customers, and which team each is for.

    python specs/text/make_data.py
    python specs/text/make_data.py --tickets 500 --output /tmp/tickets.csv

A message has a sentence or two about its topic among others that say nothing, with a typing mistake now and
then. Some are about two topics, and one in fifty went to the wrong team: no model can be right about all. The
same number of tickets and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random

DATA_FILE = Path(__file__).parent / "data" / "tickets.csv"
TICKETS = 3_000
COLUMNS = ("message", "channel", "team")
CHANNELS = ("mail", "chat", "form")
WRONG_TEAM = 0.02
TWO_TOPICS = 0.15
TYPING_MISTAKE = 0.03

ABOUT = {
    "billing": (
        "I was charged twice for {thing}",
        "the invoice for {thing} shows the wrong amount",
        "please refund what I paid for {thing}",
        "my credit card was declined at the checkout",
        "which taxes are on the bill",
    ),
    "delivery": (
        "{thing} has not arrived yet",
        "the tracking says that {thing} is still in the warehouse",
        "the courier left {thing} at the wrong address",
        "can you ship {thing} to my neighbour instead",
        "the parcel came with a damaged box",
    ),
    "technical": (
        "{thing} does not turn on any more",
        "the app crashes when I open it",
        "I cannot log in, and the password reset sends no mail",
        "after the update {thing} loses its connection",
        "the screen of {thing} stays black",
    ),
    "returns": (
        "I would like to send {thing} back",
        "{thing} does not fit, can I exchange it",
        "where do I get a label to return {thing}",
        "how many days do I have to change my mind about {thing}",
        "I want to swap {thing} for a larger size",
    ),
}
THINGS = ("the lamp", "my headphones", "the jacket", "our kettle", "the order", "the camera", "these shoes")
SMALL_TALK = (
    "Hello",
    "Good morning",
    "I hope that you are well",
    "I have been a customer for years",
    "thank you for your help",
    "please answer soon",
    "this is the second time that I write",
    "my order number is {number}",
    "I bought it last week",
    "kind regards",
)


def make_tickets(tickets: int, seed: int) -> Iterator[dict[str, object]]:
    """Yields so many messages."""
    random = Random(seed)  # noqa: S311  (data that can be made again, not secrets)
    teams = list(ABOUT)
    for _ in range(tickets):
        team = random.choice(teams)
        sentences = random.sample(ABOUT[team], random.choice((1, 1, 2)))
        if random.random() < TWO_TOPICS:
            sentences.append(random.choice(ABOUT[random.choice(teams)]))
        sentences += random.sample(SMALL_TALK, random.randint(1, 4))
        random.shuffle(sentences)
        yield {
            "message": _typed(random, ". ".join(_filled(random, each) for each in sentences) + "."),
            "channel": random.choice(CHANNELS),
            "team": random.choice(teams) if random.random() < WRONG_TEAM else team,
        }


def _filled(random: Random, sentence: str) -> str:
    text = sentence.format(thing=random.choice(THINGS), number=random.randrange(10_000, 99_999))
    return text[0].upper() + text[1:]


def _typed(random: Random, text: str) -> str:
    """Returns a text as somebody types it in a hurry: two letters of a word change places now and then."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) > 3 and random.random() < TYPING_MISTAKE:
            at = random.randrange(len(word) - 2)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def write_tickets(file: Path, tickets: int = TICKETS, seed: int = 1) -> None:
    """Writes the CSV, with a header; its folder is made if it is not there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(make_tickets(tickets, seed))


def main() -> None:
    """Writes the file that the pipeline reads, or another one."""
    parser = argparse.ArgumentParser(description="Writes invented messages of customers as CSV.")
    parser.add_argument("--tickets", type=int, default=TICKETS, help="how many (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed, other messages (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, default=DATA_FILE, help="the file (default: %(default)s)")
    arguments = parser.parse_args()
    write_tickets(arguments.output, arguments.tickets, arguments.seed)


if __name__ == "__main__":
    main()
