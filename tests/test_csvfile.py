"""CSV tables that a person saved: rows with their place, and what is said of a wrong header."""

import pytest

from changji_geo.csvfile import read_csv
from changji_geo.errors import InputError


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    return list(read_csv(path, columns=("id", "name", "note"), required=("id", "name")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_row_comes_with_its_line(tmp_path, encoding):
    rows = read(tmp_path, "id, name\na, 甲 \n\n,\nb,乙\n", encoding)
    assert rows == [
        (f"{tmp_path / 'a.csv'} 第 2 行", {"id": "a", "name": "甲"}),
        (f"{tmp_path / 'a.csv'} 第 5 行", {"id": "b", "name": "乙"}),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "缺少列“id”。应为：id、name、note。处理：补上表头；列之间用英文逗号"),
        ("id;name\na;b\n", "缺少列“id”"),
        ("id,name,nmae\n", "未知的列“nmae”"),
        ("id,name,id\n", "列“id”出现了两次"),
        ("id,name\na\n", "第 2 行：列数与表头不符"),
        ("id,name\na,b,c\n", "第 2 行：列数与表头不符"),
        ('id,name\na,b\nc,"d\ne,f\n', "第 3 行起：读不下去"),
    ],
)
def test_a_table_that_cannot_be_read(tmp_path, text, said):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert said in str(caught.value) and "a.csv" in str(caught.value)
