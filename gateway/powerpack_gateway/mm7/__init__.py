"""The gateway as a VASP: it speaks MM7 (3GPP TS 23.140) to the carriers' MMSCs, SOAP with attachments over HTTP."""
