"""Writes that the tables of payouts, cases and claims must refuse (see test_row_rules.py), and rows to try them on."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.models import (
    CaseKind,
    CaseState,
    ClaimPhoto,
    ClaimReason,
    DepositClaim,
    LandlordAccount,
    Payout,
    PayoutBatch,
    PayoutStatus,
    ProblemReason,
    StaffCase,
)
from tests import bank

LONG = "repeat('x', 5000)"

CASES: dict[str, str] = {
    "ck_landlord_accounts_iban_has_last4": "UPDATE landlord_accounts SET iban_last4 = NULL",
    "ck_landlord_accounts_last4_form": "UPDATE landlord_accounts SET iban_last4 = '12'",
    "ck_landlord_accounts_pending_is_whole": "UPDATE landlord_accounts SET pending_usable_from = NULL",
    "ck_landlord_accounts_pending_last4_form": "UPDATE landlord_accounts SET pending_last4 = 'é123'"
    " WHERE pending_last4 IS NOT NULL",
    "ck_landlord_accounts_has_an_iban": "UPDATE landlord_accounts SET iban_sealed = NULL, iban_last4 = NULL,"
    " pending_sealed = NULL, pending_last4 = NULL, pending_usable_from = NULL",
    "ck_landlord_accounts_verified_by_someone": "UPDATE landlord_accounts SET verified_by = NULL"
    " WHERE verified_at IS NOT NULL",
    "ck_payout_batches_exported_has_hash": "UPDATE payout_batches SET exported_at = now(), file_sha256 = NULL",
    "ck_payout_batches_hash_length": "UPDATE payout_batches SET exported_at = now(), file_sha256 = 'short'",
    "ck_payouts_status_known": "UPDATE payouts SET status = 'lost' WHERE status = 'created'",
    "ck_payouts_amount_positive": "UPDATE payouts SET amount = 0",
    "ck_payouts_last4_form": "UPDATE payouts SET iban_last4 = ''",
    "ck_payouts_confirmed_has_moment": "UPDATE payouts SET status = 'confirmed' WHERE status = 'created'",
    "ck_payouts_returned_has_moment": "UPDATE payouts SET status = 'created' WHERE status = 'returned'",
    "ck_payouts_returned_has_reason": "UPDATE payouts SET return_reason = NULL WHERE status = 'returned'",
    "ck_payouts_reason_is_a_code": "UPDATE payouts SET return_reason = 'Ахметов умер' WHERE status = 'returned'",
    "ck_staff_cases_kind_known": "UPDATE staff_cases SET kind = 'gossip'",
    "ck_staff_cases_state_known": "ALTER TABLE staff_cases DROP CONSTRAINT ck_staff_cases_closed_by_someone;"
    " UPDATE staff_cases SET state = 'lost'",
    "ck_staff_cases_reason_known": "UPDATE staff_cases SET reason = 'boredom'",
    "ck_staff_cases_outcome_known": "ALTER TABLE staff_cases DROP CONSTRAINT ck_staff_cases_closed_by_someone;"
    " UPDATE staff_cases SET outcome = 'whatever'",
    "ck_staff_cases_closed_by_someone": "UPDATE staff_cases SET state = 'closed'",
    "ck_deposit_claims_reason_known": "UPDATE deposit_claims SET reason = 'envy'",
    "ck_deposit_claims_amount_positive": "UPDATE deposit_claims SET amount = 0, landlord_gets = 0, decided_at = now(),"
    " decided_by = (SELECT id FROM users LIMIT 1)",
    "ck_deposit_claims_gets_at_most_the_claim": "UPDATE deposit_claims SET landlord_gets = amount + 1,"
    " decided_at = now(), decided_by = (SELECT id FROM users LIMIT 1)",
    "ck_deposit_claims_decided_by_someone": "UPDATE deposit_claims SET decided_at = now()",
    "ck_claim_photos_at_most_six": "UPDATE claim_photos SET position = 6",
    "ck_claim_photos_size_positive": "UPDATE claim_photos SET width = 0",
    "ck_claim_photos_key_form": "UPDATE claim_photos SET key = '../../etc/passwd'",
    "ck_claim_photos_blur_small": f"UPDATE claim_photos SET blur = {LONG}",
}

UNIQUE: dict[str, str] = {
    "uq_payout_batches_day": "INSERT INTO payout_batches (day, created_at)"
    " SELECT day, created_at FROM payout_batches LIMIT 1",
    "uq_payouts_batch_id_landlord_id": "INSERT INTO payouts (id, batch_id, landlord_id, amount, status, holder_sealed,"
    " tax_id_sealed, iban_sealed, iban_last4, created_at) SELECT gen_random_uuid(), batch_id, landlord_id, amount,"
    " 'created', holder_sealed, tax_id_sealed, iban_sealed, iban_last4, created_at FROM payouts LIMIT 1",
    "uq_staff_cases_booking_id_kind": "INSERT INTO staff_cases (id, kind, booking_id, state, reason, opened_at)"
    " SELECT gen_random_uuid(), kind, booking_id, state, reason, opened_at FROM staff_cases WHERE state = 'open'"
    " LIMIT 1",
    "uq_deposit_claims_booking_id": "INSERT INTO deposit_claims (id, booking_id, amount, reason, created_at)"
    " SELECT gen_random_uuid(), booking_id, amount, reason, created_at FROM deposit_claims LIMIT 1",
    "uq_claim_photos_key": "INSERT INTO claim_photos (claim_id, position, key, width, height, blur)"
    " SELECT claim_id, (position + 1) % 6, key, width, height, blur FROM claim_photos c WHERE NOT EXISTS (SELECT FROM"
    " claim_photos o WHERE o.claim_id = c.claim_id AND o.position = (c.position + 1) % 6) LIMIT 1",
    "uq_claim_photos_claim_id_position": "INSERT INTO claim_photos (claim_id, position, key, width, height, blur)"
    " SELECT claim_id, position, key || '-2', width, height, blur FROM claim_photos LIMIT 1",
}
"""What may be there once: another such row is refused by the index of this name."""


def make_rows(session: Session, landlords: tuple[UUID, UUID], booking_id: int, *, now: datetime) -> None:
    """A row in every table of the cases."""
    account = LandlordAccount(
        landlord_id=landlords[0], holder="Ахметов", tax_id=bank.tax_id(), changed_at=now, verified_at=now
    )
    account.iban, account.iban_last4 = bank.iban(), "0100"
    account.pending_iban, account.pending_last4, account.pending_usable_from = bank.iban(), "0200", now
    account.verified_by = bank.make_staff(session)
    made = PayoutBatch(day=now.date() + timedelta(days=9_000), created_at=now)
    session.add_all([account, made])
    session.flush()
    for landlord_id, status in zip(landlords, (PayoutStatus.CREATED, PayoutStatus.RETURNED), strict=True):
        payout = Payout(
            id=uuid4(), batch_id=made.id, landlord_id=landlord_id, amount=5_000, status=status, created_at=now
        )
        payout.holder, payout.tax_id, payout.iban, payout.iban_last4 = "Ахметов", bank.tax_id(), bank.iban(), "0100"
        if status is PayoutStatus.RETURNED:
            payout.returned_at, payout.return_reason = now, "other"
        session.add(payout)
    session.add(
        StaffCase(
            kind=CaseKind.ARRIVAL_PROBLEM,
            booking_id=booking_id,
            state=CaseState.OPEN,
            reason=ProblemReason.DIRTY,
            opened_at=now,
        )
    )
    claim = DepositClaim(id=uuid4(), booking_id=booking_id, amount=5_000, reason=ClaimReason.DAMAGE, created_at=now)
    session.add(claim)
    session.flush()
    session.add(
        ClaimPhoto(claim_id=claim.id, position=0, key=f"claim-{claim.id.hex}", width=4, height=3, blur="data:,")
    )
