"""Paying landlords: their accounts, the batch of a day, the file for the bank, what became of each payout."""
