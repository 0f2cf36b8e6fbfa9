"""`KASPI_MODE` of `make run`: which processes it adds, and what the product is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.local.failure import LocalError
from app.local.run.environment import Wishes
from app.local.run.kaspi_qr import PASSWORD, qr_settings
from app.local.run.layout import Layout
from app.local.run.page import welcome_page
from app.local.run.product import Ports, product_plan
from app.local.secrets import local_secrets


def names(layout: Layout, ports: Ports) -> list[str]:
    processes = product_plan().processes
    assert processes is not None
    return [spec.name for spec in processes(layout, ports)]


def test_only_the_second_surface_has_a_process_behind_tls(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    usual = names(layout, Ports(8000, 8100))
    assert [name for name in names(layout, Ports(8000, 8100, 8101)) if name not in usual] == ["standins-qr"]


def test_it_asks_everybody_for_a_certificate_of_the_local_ca(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    processes = product_plan().processes
    assert processes is not None
    (tls,) = (spec for spec in processes(layout, Ports(8000, 8100, 8101)) if spec.name == "standins-qr")
    assert tls.port == 8101
    assert "--ssl-client-verify" in tls.command
    assert tls.command[tls.command.index("--ssl-ca") + 1] == str(layout.certificates / "ca.pem")


def test_the_product_is_told_where_and_with_which_certificate(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    secrets = local_secrets(tmp_path / "secrets.env")
    told = qr_settings(layout, secrets, port=8101)
    assert told["KASPI_QR_BASE_URL"] == "https://127.0.0.1:8101/kaspi-qr/r3/v01"
    assert Path(told["KASPI_QR_CERTIFICATE"]).read_bytes()
    assert Path(told["KASPI_QR_CA"]).read_bytes()
    assert {PASSWORD, "KASPI_QR_DEVICE_TOKEN"} <= secrets.keys()


def test_the_page_says_where_it_is_only_when_it_runs() -> None:
    def page(url: str | None) -> str:
        return welcome_page(
            portal_url="http://127.0.0.1:1", standins_url="http://127.0.0.1:2", kaspi_qr_url=url, logs=Path("logs")
        )

    assert "https://127.0.0.1:8101" in page("https://127.0.0.1:8101")
    assert "Kaspi Pay QR" not in page(None)


@pytest.mark.parametrize(("said", "mode"), [("", "gateway"), ("gateway", "gateway"), ("qrpay", "qrpay")])
def test_the_mode_is_wished_for_in_the_environment(monkeypatch: pytest.MonkeyPatch, said: str, mode: str) -> None:
    monkeypatch.setenv("KASPI_MODE", said)
    assert Wishes.from_environment().kaspi_mode == mode


def test_another_mode_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASPI_MODE", "cash")
    with pytest.raises(LocalError, match="KASPI_MODE is gateway"):
        Wishes.from_environment()
