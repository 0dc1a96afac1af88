import numpy as np

from wealthloop.sandbox.draws import Draws


def test_a_customers_number_does_not_depend_on_how_many_customers_there_are() -> None:
    few, many = Draws(seed=1, customers=10), Draws(seed=1, customers=1000)

    assert np.array_equal(few.uniform("buy", 5), many.uniform("buy", 5)[:10])


def test_numbers_do_not_depend_on_the_order_in_which_streams_are_read() -> None:
    one, other = Draws(seed=1, customers=10), Draws(seed=1, customers=10)
    first = one.uniform("a", 3)
    other.uniform("b", 3)
    other.uniform("a", 2)

    assert np.array_equal(first, other.uniform("a", 3))


def test_seeds_streams_and_days_are_independent_of_each_other() -> None:
    draws = Draws(seed=1, customers=4000)
    base = draws.uniform("a", 3)

    for other in (draws.uniform("a", 4), draws.uniform("b", 3), Draws(seed=2, customers=4000).uniform("a", 3)):
        assert abs(float(np.corrcoef(base, other)[0, 1])) < 0.06


def test_numbers_are_uniform_and_normal() -> None:
    draws = Draws(seed=1, customers=20_000)

    assert abs(float(draws.uniform("a", 1).mean()) - 0.5) < 0.01
    assert abs(float(draws.normal("a", 1).std()) - 1.0) < 0.02
