"""MM7 as an MMSC speaks it (3GPP TS 23.140): SOAP with attachments. Pure: octets in, values out, and back."""
