"""How far printed numbers and pictures may be apart."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tutorials.converter.agree import picture, same_picture, same_text


@pytest.mark.parametrize(("new", "old"), [
    ("loss 0.1234", "loss 0.1234"),
    ("loss 1.2345", "loss 1.2355"),                     # 1e-3 of it
    ("loss 0.12", "loss 0.13"), ("loss 9.9", "loss 10.0"),      # 0.12499 and 0.12501
    ("rate 3e-4", "rate 4e-4"), ("1.5e-3", "1.6e-3"),
    ("edges 12,345", "edges 12,346"), ("edges 12345", "edges 12346"),
    ("a  9.9 b", "a 10.0 b"), ("[0.   1.25]", "[0.01 1.25]"), ("-0.00", "0.00"),
    ("accuracy 97.5%", "accuracy 96.5%"), ("Accuracy: 97.5 %", "Accuracy: 98.4 %"),
    ("nan inf", "nan inf"), ("layer1 x2", "layer1 x2"), ("", ""), ("a\n1.0\nb", "a\n1.1\nb")])
def test_texts_that_agree(new, old):
    assert same_text(new, old) and same_text(old, new)


@pytest.mark.parametrize(("new", "old"), [
    ("loss 0.1234", "lost 0.1234"), ("loss 1.2345", "loss 1.2365"), ("loss 0.12", "loss 0.14"),
    ("classes 10", "classes 11"), ("(359, 64)", "(359, 65)"), ("[3. 4.]", "[3. 5.]"),
    ("0.04", "0.0402"), ("1.0", "-1.0"), ("12,345", "12,545"), ("3e-4", "3e-5"),
    ("accuracy 97.5%", "accuracy 96.4%"), ("share 97.5%", "share 97.3%"),
    ("accuracy 0.5", "accuracy 0.7"), ("97.5%", "97.5"), ("nan", "1.0"),
    ("layer1", "layer2"), ("v1.5s", "v1.6s"), ("1 2", "1 2 3"), ("1\n", "1"), ("", "1"),
    ("accuracy 97.5%\n7.5%", "accuracy 97.5%\n7.0%")])
def test_texts_that_do_not(new, old):
    assert not same_text(new, old) and not same_text(old, new)


def drawn(y, alt="A curve.", **more):
    figure, ax = plt.subplots()
    ax.plot(y, **more)
    found = picture(figure, alt)
    plt.close(figure)
    return found


def test_pictures_agree_by_the_numbers_behind_them():
    y = np.linspace(0, 100, 9)
    old = drawn(y)
    assert same_picture(drawn(y), old)
    assert same_picture(drawn(y + 0.09), old)               # small against the largest
    assert not same_picture(drawn(y + 0.2), old)
    assert not same_picture(drawn(y[:-1]), old)
    assert not same_picture(drawn(np.where(y == 50, np.nan, y)), old)
    assert not same_picture(drawn(y, "Another curve."), old)
    accuracy = drawn(y, "The accuracy.")
    assert same_picture(drawn(y + 0.9, "The accuracy."), accuracy)
    assert not same_picture(drawn(y + 1.1, "The accuracy."), accuracy)


def test_gaps_agree_with_gaps():
    y = np.array([1.0, np.nan, 3.0])
    assert same_picture(drawn(y), drawn(y.copy()))
    assert same_picture(drawn(y + 1e-4), drawn(y))


def test_pixels_are_compared_if_the_same_matplotlib_drew_the_same_numbers():
    old = drawn([1, 2, 3], color="black")
    new = drawn([1, 2, 3], color="red")
    assert not same_picture(new, old)
    assert same_picture(new, {**old, "drawn by": "Matplotlib 3.9.0, FreeType 2.6.1"})


def test_no_axes_or_several():
    figure, (one, two) = plt.subplots(1, 2)
    image = one.imshow([[1, 2], [3, 4]])
    two.inset_axes([0, 0, 0.5, 0.5]).plot([7, 8])
    figure.colorbar(image, ax=one)
    numbers = picture(figure, "")["numbers"]
    plt.close(figure)
    assert numbers == ["1 2 3 4", "0 1", "7 8"]
    assert picture(plt.figure(), "")["numbers"] == []
    plt.close("all")


def test_curves_without_a_name_may_look_alike():
    figure, ax = plt.subplots()
    ax.plot([1, 2], label="named")
    ax.axhline(1)
    ax.plot([2, 3])
    ax.plot([3, 4], label="")
    assert len(picture(figure, "")["numbers"]) == 8
    plt.close(figure)
