"""What a browser is called."""

import pytest

from phonesync.web.browsers import short

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (CHROME, "Chrome 140, Linux"),
        (f"{WINDOWS} Safari/537.36 Edg/139.0.0.0", "Edge 139, Windows"),
        (f"{WINDOWS} YaBrowser/25.8.0.0 Safari/537.36", "Yandex Browser 25, Windows"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0", "Firefox 142, Android"),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                "Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari 18, iPhone",
        ),
        ("Firefox/1", "Firefox 1"),
        ("curl/8.14.1", "curl/8.14.1"),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_its_name_and_system(header, shown):
    assert short(header) == shown
