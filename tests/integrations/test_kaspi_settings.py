"""Each surface demands its own settings and no others; the device is registered by a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from pydantic import ValidationError

from app.config import Settings, SettingsError, load_settings
from app.db import after_commit
from app.factory import create_worker_app
from tests.integrations.qr import bad, says
from tests.integrations.recorder import Recorder
from tests.services import environment_of, make_settings

QR: dict[str, object] = {
    "kaspi_mode": "qrpay",
    "kaspi_qr_base_url": "https://kaspi.example/r3/v01",
    "kaspi_qr_certificate": "/etc/zhilego/kaspi.pfx",
    "kaspi_qr_bin": "180340021791",
    "kaspi_qr_device_id": "zhilego-1",
}
PRODUCTION: dict[str, object] = {
    "app_env": "production",
    "cookie_secure": True,
    "public_url": "https://zhilego.example",
}
NO_GATEWAY: dict[str, object] = {
    "kaspi_base_url": "",
    "kaspi_api_key": "",
    "kaspi_merchant_id": "",
    "kaspi_callback_secrets": (),
}


def settings(**changes: object) -> Settings:
    return make_settings("postgresql://x@127.0.0.1/x", "redis://127.0.0.1", **changes)


def test_the_gateway_needs_nothing_of_the_qr_surface() -> None:
    assert settings().kaspi_mode == "gateway"


def test_the_qr_surface_needs_nothing_of_the_gateway() -> None:
    found = settings(**QR, **NO_GATEWAY)
    assert found.kaspi_qr_certificate == Path("/etc/zhilego/kaspi.pfx")


@pytest.mark.parametrize("name", NO_GATEWAY)
def test_a_missing_setting_of_the_gateway_is_named(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name.upper()} is missing"):
        settings(**{name: NO_GATEWAY[name]})


@pytest.mark.parametrize("name", ["kaspi_qr_base_url", "kaspi_qr_bin", "kaspi_qr_device_id"])
def test_a_missing_setting_of_the_qr_surface_is_named(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name.upper()} is missing"):
        settings(**QR | {name: ""})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kaspi_qr_base_url": "https://kaspi.example/r3"}, "must end in /v01"),
        ({"kaspi_qr_base_url": "kaspi.example/v01"}, "must start with http"),
        ({"kaspi_qr_certificate": None}, "either KASPI_QR_API_KEY"),
        (PRODUCTION | {"kaspi_qr_base_url": "http://kaspi.example/r3/v01"}, "must be https"),
        ({"kaspi_qr_api_key": "key"}, "either KASPI_QR_API_KEY"),
        ({"kaspi_mode": "cash"}, "kaspi_mode"),
    ],
)
def test_a_wrong_setting_is_explained(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        settings(**QR | changes)


def test_the_environment_is_read_and_a_gap_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of(settings(**QR)).items():
        monkeypatch.setenv(name, value)
    assert load_settings().kaspi_qr_device_id == "zhilego-1"
    monkeypatch.delenv("KASPI_QR_BIN")
    with pytest.raises(SettingsError) as gap:
        load_settings()
    assert str(gap.value) == "The settings are wrong: KASPI_QR_BIN is missing (KASPI_MODE=qrpay)."


Run = Callable[..., Result]


@pytest.fixture
def register(scripted: Recorder) -> Iterator[Run]:
    """`flask kaspi register-device` at a Kaspi that says what the test tells it to."""
    hooks = dict(after_commit.hooks)
    access: dict[str, object] = {
        "kaspi_qr_base_url": f"{scripted.url}/r1/v01",
        "kaspi_qr_api_key": "qr-key",
        "kaspi_qr_certificate": None,
    }

    def run(**changes: object) -> Result:
        app = create_worker_app(settings(**QR | access | changes))
        return app.test_cli_runner().invoke(args=["kaspi", "register-device"])

    yield run
    after_commit.hooks.clear()
    after_commit.hooks.update(hooks)


ABAY = {"TradePointId": 1, "TradePointName": "Абая, 10"}


def test_the_device_is_registered_at_the_only_trade_point(scripted: Recorder, register: Run) -> None:
    says(scripted, [ABAY], {"DeviceToken": "2be4cc91"})
    result = register()
    assert (result.exit_code, result.output) == (0, "2be4cc91\n")
    assert scripted.requests[1].json["TradePointId"] == 1


def test_the_device_is_registered_at_the_chosen_trade_point(scripted: Recorder, register: Run) -> None:
    says(scripted, {"DeviceToken": "2be4cc91"})
    assert register(kaspi_qr_trade_point=7).output == "2be4cc91\n"
    assert scripted.requests[0].json["TradePointId"] == 7


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([], "there is none"),
        ([ABAY, {"TradePointId": 2, "TradePointName": "Сатпаева, 9"}], "1: Абая, 10; 2: Сатпаева, 9"),
    ],
)
def test_of_several_trade_points_a_person_chooses(
    scripted: Recorder, register: Run, points: list[object], words: str
) -> None:
    says(scripted, points)
    result = register()
    assert result.exit_code == 1
    assert f"KASPI_QR_TRADE_POINT: {words}" in result.output


def test_what_kaspi_refuses_is_said_in_one_line(scripted: Recorder, register: Run) -> None:
    scripted.usual = bad(-10000)
    result = register()
    assert (result.exit_code, result.output) == (1, "Error: kaspi: code -10000\n")


def test_a_certificate_that_is_not_there_is_said_in_one_line(register: Run, tmp_path: Path) -> None:
    result = register(kaspi_qr_api_key=None, kaspi_qr_certificate=tmp_path / "gone.pfx")
    assert result.exit_code == 1
    assert result.output.startswith("Error: KASPI_QR_CERTIFICATE:")


def test_the_gateway_has_no_devices(register: Run) -> None:
    result = register(kaspi_mode="gateway")
    assert result.exit_code == 1
    assert "KASPI_MODE=qrpay" in result.output
