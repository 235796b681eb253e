"""Detection: what each rule decides about calls, hours and closed days."""
