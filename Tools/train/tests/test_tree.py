import pytest

from hrn_train.data import fashion, moved_labels
from hrn_train.errors import InputError
from hrn_train.tree import read_tree, write_tree


def written(tmp_path, text):
    path = tmp_path / "labels.tsv"
    path.write_text(text)
    return path


def test_reads_levels_in_order_of_first_appearance(tmp_path):
    tree = read_tree(written(tmp_path, "group\tkind\nb\tx\na\ty\nb\tz\n"))
    assert tree.names == (("b", "a"), ("x", "y", "z"))
    assert tree.parents == (-1, -1, 0, 1, 0)
    assert tree.offsets == (0, 2)


def test_index_columns_decide_the_order(tmp_path):
    tree = read_tree(written(tmp_path, "group\tkind\tkind_index\nb\tx\t2\na\ty\t0\nb\tz\t1\n"))
    assert tree.names[1] == ("y", "z", "x")
    assert tree.parents == (-1, -1, 1, 0, 0)


def test_leaf_may_lie_above_the_deepest_level(tmp_path):
    tree = read_tree(written(tmp_path, "a\tb\tc\nx\ty\tz\nx\tw\t\nv\n"))
    assert tree.names == (("x", "v"), ("y", "w"), ("z",))
    assert tree.leaves() == (1, 3, 4)


def test_writing_and_reading_gives_an_equal_tree(tmp_path):
    write_tree(fashion.TREE, tmp_path / "t.tsv")
    assert read_tree(tmp_path / "t.tsv") == fashion.TREE


@pytest.mark.parametrize("text, words", [
    ("group\tkind\n", "expected a header row and a line per leaf"),
    ("group\tgroup\na\tb\n", "repeated columns"),
    ("group\tkind\na\tx\nb\tx\n", "'x' lies under 'b' here and under 'a' before"),
    ("group\tkind\n\tx\n", "only trailing cells may be empty"),
    ("group\tkind\tkind_index\na\tx\t0\na\ty\t2\n", "expected each of 0 to 1 once"),
    ("group\tkind\tkind_index\na\tx\tone\n", "expected a number from 0"),
    ("group\tkind\na\tx\x07y\n", "control characters, which a .hrn file refuses"),
])
def test_says_what_is_wrong_with_a_table(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read_tree(written(tmp_path, text))


def test_missing_table_is_missing_input(tmp_path):
    with pytest.raises(InputError) as caught:
        read_tree(tmp_path / "none.tsv")
    assert caught.value.code == 66


def test_truncation_hangs_nodes_on_their_nearest_kept_ancestor():
    tree = fashion.TREE.truncated((0, 2))
    assert tree.level_sizes == (2, 10)
    moved = moved_labels(fashion.TREE, tree)
    boot, shoes = fashion.TREE.node(2, "Boot"), fashion.TREE.node(1, "shoes")
    assert tree.name(int(moved[boot])) == "Boot"
    assert tree.name(int(moved[shoes])) == "goods"
    assert tree.name(tree.parents[int(moved[boot])]) == "goods"
