import pytest

from complaints import library
from complaints.models import Case
from tests.factories import TicketFactory, UserFactory

pytestmark = pytest.mark.django_db


def case(title, **fields):
    return Case.objects.create(title=title, situation="…", solution="…", by=UserFactory(), **fields)


def test_cases_with_the_most_words_in_common_come_first_and_strangers_not_at_all():
    near, nearer = case("送货少了一箱"), case("少了两箱货，送货单不符")
    case("发票抬头开错")
    ticket = TicketFactory(subject="送货少了两箱")
    assert library.similar(ticket) == [nearer, near]


def test_the_same_product_and_cause_weigh_in():
    case("送货少了一箱")
    product = case("送货少了一箱", product="M8 螺栓", cause="quantity")
    ticket = TicketFactory(subject="送货少了一箱", product="M8 螺栓")
    assert library.similar(ticket)[0] == product
    assert len(library.similar(ticket, limit=1)) == 1


def test_one_character_in_common_is_no_likeness():
    case("少了说明书")
    assert library.similar(TicketFactory(subject="少装一箱")) == []


def test_of_a_subject_of_one_character_nothing_is_like_it_but_its_letters_may_be_small_or_large():
    usb = case("USB 接口松动")
    assert library.similar(TicketFactory(subject="U", product="")) == []
    assert library.similar(TicketFactory(subject="usb 接口")) == [usb]
