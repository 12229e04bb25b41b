"""The separator and the header of CSV files: what is sure is found, and nothing else."""

from __future__ import annotations

import pytest

from tfxc.schemas.csv_dialect import is_first_row_data, other_separator, read_rows, separator_of


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("kind;minutes\na;1\nb;2\n", ";"),
        ("kind;minutes\na;1,5\nb;2,5\n", ";"),
        ("kind\tminutes\na\t1\n", "\t"),
        ("kind|minutes\na|1\n", "|"),
        ('kind;text\na;"one; two"\nb;"x"\n', ";"),
        ("kind,minutes\na,1\n", None),
        ("kind,a;b\nx,1;2\n", None),
        ("text\nfirst; second\nthird\n", None),
        ("a;b\none; two; three\nfour\n", None),
        ("kind;minutes\n", None),
        ("kind\n1\n2\n", None),
        ("", None),
        ('"a\n', None),
    ],
)
def test_the_separator(text: str, separator: str | None) -> None:
    assert other_separator(text) == separator
    assert separator_of(text) == (separator or ",")


IRIS = [
    "5.1,3.5,1.4,0.2,setosa",
    "4.9,3.0,1.4,0.2,setosa",
    "7.0,3.2,4.7,1.4,versicolor",
    "5.0,3.6,1.4,0.2,setosa",
]
ROWS_WITH_NAMES = ["1,0,Braund,male,7.25", "2,1,Cumings,female,71.3", "3,1,Heikkinen,female,7.9"]


@pytest.mark.parametrize(
    "lines",
    [
        IRIS,
        ["101.0", "100.5", "99.0", "103.2"],
        ["6,148,72,0.627,50", "1,85,66,0.351,31", "8,183,64,0.672,32", "1,89,66,0.167,21"],
        ["a,new", "b,old", "a,old", "b,new"],
        ["2,0,Lahtinen,male,26.0", *ROWS_WITH_NAMES],
        ["a,,3.5", "a,1,2.5", "b,2,4.5", "a,,4"],
        IRIS * 4,
    ],
    ids=[
        "iris",
        "one column",
        "numbers",
        "texts",
        "names of people",
        "missing values",
        "rows that come again",
    ],
)
def test_a_first_line_that_is_data(lines: list[str]) -> None:
    header, *rows = read_rows("\n".join(lines))
    assert is_first_row_data(header, rows)


@pytest.mark.parametrize(
    "lines",
    [
        ["sepal,petal", "5.1,3.5", "4.9,3.0", "4.7,3.2"],
        ["country,2019,2020", "fr,1.5,2020", "de,2019,2.5", "it,2.5,2021"],
        ["2019,2020", "2018,1.0", "2020,2021", "2.5,3.5"],
        ["0,1,2", "0,0,1", "1,2,3", "0,255,0"],
        ["400.5,401.0,401.5", "0.1,0.2,0.3", "0.1,0.3,0.4", "0.2,0.2,0.2"],
        ["0", "-1.5", "0.5", "2"],
        ["name,city", "Ann,Rome", "Bob,Oslo", "Cid,Bonn"],
        ["label,text", "good,fine", "bad,poor", "good,well"],
        ["kind,kind2", "kind,x", "b,y", "b,y", "b,x", "kind,y"],
        ["a,1.5", "a,2"],
        ["a,1.5", "a,2", "a,3,4", "a,5"],
        ["age,kind", "3,a", "age,kind", "4,b", "5,c"],
        [",a", "0,1", "1,2", "2,3"],
        ["1.5,2.5,0.5", "9,9,9", "8,8,8", "7,9,8"],
    ],
)
def test_a_first_line_that_may_name_columns(lines: list[str]) -> None:
    header, *rows = read_rows("\n".join(lines))
    assert not is_first_row_data(header, rows)
