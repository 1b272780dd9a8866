"""Links with RIS and EHR: what they say of orders, reports and patients is kept, and acted upon."""
