"""A coordinator finds a report on a phone, has a file made, and has one sent."""

import pytest

from tests.browser.conftest import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("kind", ["phone", "desktop"])
def test_pages_of_reports_are_sound(person, kind):
    staff = person(f"reports-{kind}", kind)
    staff.come_as("marketing@talad.example")
    page = staff.go("/reports")
    staff.look(f"reports-{kind}")
    page.locator("a[href^='/reports/catalogue']").click()
    page.wait_for_url("**/reports/catalogue*")
    staff.look(f"report-{kind}")
    staff.go("/reports/certificates/print")
    staff.look(f"report-print-{kind}")
    page = staff.go("/reports/catalogue/schedule")
    staff.look(f"report-schedule-{kind}")
    page.locator("main form button").last.click()
    page.wait_for_url("**/reports/schedules")
    staff.look(f"report-schedules-{kind}")
    follow(page.locator("main form button").first)
    assert page.locator("main form").count() == 0


def test_a_file_is_made_watched_and_taken(person):
    staff = person("report-file")
    staff.come_as("marketing@talad.example")
    page = staff.go("/reports/certificates")
    with page.expect_navigation():
        page.evaluate(
            """() => {
            const form = document.createElement('form');
            form.method = 'post'; form.action = '/reports/certificates/files';
            const token = document.querySelector('meta[name=csrf-token]').content;
            for (const [name, value] of [['format', 'csv'], ['csrf_token', token]]) {
                const field = document.createElement('input');
                field.name = name; field.value = value; form.append(field);
            }
            document.body.append(form); form.submit();
        }"""
        )
    assert "/reports/files/" in page.url
    page.wait_for_selector("a[href$='/take']")  # by itself, without a reload
    staff.look("report-file")
    with page.expect_download() as taken:
        page.locator("a[href$='/take']").click()
    assert taken.value.suggested_filename.endswith(".csv")
