"""A phone of no vendor for tests of the farm: one list of numbers behind one cookie."""

from dataclasses import dataclass, field

from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse

PAGE = b"<html>" + b"".join(b"<row>%03d</row>" % number for number in range(40)) + b"</html>"
LIST = "/list"


@dataclass
class Plain:
    """Answers every path; ``/list`` only to somebody with the cookie ``in=1``."""

    list_path: str = LIST
    wrong_passwords: int = 0
    intrusions: list[str] = field(default_factory=list)
    seen: list[EmulatedRequest] = field(default_factory=list)
    state: str = "good"

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        self.seen.append(request)
        if self.state != "good":
            return EmulatedResponse(status=403, content=self.state.encode())
        if request.target.startswith(LIST) and request.header("Cookie") != "in=1":
            return EmulatedResponse(content=b"<html>login</html>")
        if request.target == "/old":
            return EmulatedResponse(version="HTTP/1.0", length_known=False, content=b"until the end")
        return EmulatedResponse(headers=(("content-TYPE", "text/html"),), content=PAGE)

    def reboot(self) -> None:
        self.state = "good"

    def lock_out(self) -> None:
        self.state = "locked"

    def occupy(self, peer: str) -> None:
        self.state = f"busy with {peer}"

    def expire(self) -> None:
        self.state = "expired"


class Stubborn:
    """An emulator that cannot be disturbed."""

    wrong_passwords = 0

    def __init__(self) -> None:
        self.intrusions: list[str] = []

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        return EmulatedResponse(content=request.content)

    def reboot(self) -> None:
        """It has nothing to forget."""
