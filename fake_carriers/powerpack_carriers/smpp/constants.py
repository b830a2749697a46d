"""The numbers of SMPP 3.4 by the names the specification gives them."""

from enum import IntEnum
from typing import Final

HEADER_OCTETS: Final = 16
"""command_length, command_id, command_status, sequence_number: four octets each (SMPP 3.4, 3.2)."""

RESPONSE_BIT: Final = 0x80000000
"""A response's id is its request's with this bit set (SMPP 3.4, 5.1.2)."""

SEQUENCE_NUMBER_MAX: Final = 0x7FFFFFFF
"""Sequence numbers run from 1 to here, then start at 1 again (SMPP 3.4, 5.1.4)."""

INTERFACE_VERSION: Final = 0x34
"""What we speak; peers below it get no TLVs (SMPP 3.4, 3.4)."""


class CommandId(IntEnum):
    """Every PDU of SMPP 3.4 (5.1.2.1)."""

    generic_nack = 0x80000000
    bind_receiver = 0x00000001
    bind_receiver_resp = 0x80000001
    bind_transmitter = 0x00000002
    bind_transmitter_resp = 0x80000002
    query_sm = 0x00000003
    query_sm_resp = 0x80000003
    submit_sm = 0x00000004
    submit_sm_resp = 0x80000004
    deliver_sm = 0x00000005
    deliver_sm_resp = 0x80000005
    unbind = 0x00000006
    unbind_resp = 0x80000006
    replace_sm = 0x00000007
    replace_sm_resp = 0x80000007
    cancel_sm = 0x00000008
    cancel_sm_resp = 0x80000008
    bind_transceiver = 0x00000009
    bind_transceiver_resp = 0x80000009
    outbind = 0x0000000B
    enquire_link = 0x00000015
    enquire_link_resp = 0x80000015
    submit_multi = 0x00000021
    submit_multi_resp = 0x80000021
    alert_notification = 0x00000102
    data_sm = 0x00000103
    data_sm_resp = 0x80000103


class CommandStatus(IntEnum):
    """What a response says (SMPP 3.4, 5.1.3). Carriers use others too: those stay plain integers."""

    ESME_ROK = 0x00
    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDLEN = 0x02
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RINVPRTFLG = 0x06
    ESME_RINVREGDLVFLG = 0x07
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A
    ESME_RINVDSTADR = 0x0B
    ESME_RINVMSGID = 0x0C
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RCANCELFAIL = 0x11
    ESME_RREPLACEFAIL = 0x13
    ESME_RMSGQFUL = 0x14
    ESME_RINVSERTYP = 0x15
    ESME_RINVNUMDESTS = 0x33
    ESME_RINVDLNAME = 0x34
    ESME_RINVDESTFLAG = 0x40
    ESME_RINVSUBREP = 0x42
    ESME_RINVESMCLASS = 0x43
    ESME_RCNTSUBDL = 0x44
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RINVREPFLAG = 0x54
    ESME_RINVNUMMSGS = 0x55
    ESME_RTHROTTLED = 0x58
    ESME_RINVSCHED = 0x61
    ESME_RINVEXPIRY = 0x62
    ESME_RINVDFTMSGID = 0x63
    ESME_RX_T_APPN = 0x64
    ESME_RX_P_APPN = 0x65
    ESME_RX_R_APPN = 0x66
    ESME_RQUERYFAIL = 0x67
    ESME_RINVOPTPARSTREAM = 0xC0
    ESME_ROPTPARNOTALLWD = 0xC1
    ESME_RINVPARLEN = 0xC2
    ESME_RMISSINGOPTPARAM = 0xC3
    ESME_RINVOPTPARAMVAL = 0xC4
    ESME_RDELIVERYFAILURE = 0xFE
    ESME_RUNKNOWNERR = 0xFF


STATUS_WORDS: Final[dict[int, str]] = {
    CommandStatus.ESME_ROK: "no error",
    CommandStatus.ESME_RINVMSGLEN: "the message is too long",
    CommandStatus.ESME_RINVCMDLEN: "command_length is wrong",
    CommandStatus.ESME_RINVCMDID: "command_id is unknown",
    CommandStatus.ESME_RINVBNDSTS: "not allowed in this session state",
    CommandStatus.ESME_RALYBND: "already bound",
    CommandStatus.ESME_RINVPRTFLG: "priority_flag is wrong",
    CommandStatus.ESME_RINVREGDLVFLG: "registered_delivery is wrong",
    CommandStatus.ESME_RSYSERR: "system error at the carrier",
    CommandStatus.ESME_RINVSRCADR: "source address is wrong",
    CommandStatus.ESME_RINVDSTADR: "destination address is wrong",
    CommandStatus.ESME_RINVMSGID: "message_id is wrong",
    CommandStatus.ESME_RBINDFAIL: "bind failed",
    CommandStatus.ESME_RINVPASWD: "password is wrong",
    CommandStatus.ESME_RINVSYSID: "system_id is wrong",
    CommandStatus.ESME_RCANCELFAIL: "cancel_sm failed",
    CommandStatus.ESME_RREPLACEFAIL: "replace_sm failed",
    CommandStatus.ESME_RMSGQFUL: "message queue is full",
    CommandStatus.ESME_RINVSERTYP: "service_type is wrong",
    CommandStatus.ESME_RINVNUMDESTS: "number of destinations is wrong",
    CommandStatus.ESME_RINVDLNAME: "distribution list name is wrong",
    CommandStatus.ESME_RINVDESTFLAG: "dest_flag is wrong",
    CommandStatus.ESME_RINVSUBREP: "submit with replace is not possible",
    CommandStatus.ESME_RINVESMCLASS: "esm_class is wrong",
    CommandStatus.ESME_RCNTSUBDL: "can not submit to the distribution list",
    CommandStatus.ESME_RSUBMITFAIL: "submit failed",
    CommandStatus.ESME_RINVSRCTON: "source TON is wrong",
    CommandStatus.ESME_RINVSRCNPI: "source NPI is wrong",
    CommandStatus.ESME_RINVDSTTON: "destination TON is wrong",
    CommandStatus.ESME_RINVDSTNPI: "destination NPI is wrong",
    CommandStatus.ESME_RINVSYSTYP: "system_type is wrong",
    CommandStatus.ESME_RINVREPFLAG: "replace_if_present_flag is wrong",
    CommandStatus.ESME_RINVNUMMSGS: "number of messages is wrong",
    CommandStatus.ESME_RTHROTTLED: "too many messages per second",
    CommandStatus.ESME_RINVSCHED: "schedule_delivery_time is wrong",
    CommandStatus.ESME_RINVEXPIRY: "validity_period is wrong",
    CommandStatus.ESME_RINVDFTMSGID: "sm_default_msg_id is wrong",
    CommandStatus.ESME_RX_T_APPN: "the receiver has a temporary error: try again later",
    CommandStatus.ESME_RX_P_APPN: "the receiver has a permanent error: send it no more",
    CommandStatus.ESME_RX_R_APPN: "the receiver rejects this message",
    CommandStatus.ESME_RQUERYFAIL: "query_sm failed",
    CommandStatus.ESME_RINVOPTPARSTREAM: "the TLVs do not fill the PDU",
    CommandStatus.ESME_ROPTPARNOTALLWD: "a TLV is not allowed here",
    CommandStatus.ESME_RINVPARLEN: "a TLV has a wrong length",
    CommandStatus.ESME_RMISSINGOPTPARAM: "a TLV is missing",
    CommandStatus.ESME_RINVOPTPARAMVAL: "a TLV has a wrong value",
    CommandStatus.ESME_RDELIVERYFAILURE: "delivery failed",
    CommandStatus.ESME_RUNKNOWNERR: "unknown error",
}


class TlvTag(IntEnum):
    """The optional parameters of SMPP 3.4 (5.3.2), and congestion_state of 5.0, which 3.4 peers send too."""

    dest_addr_subunit = 0x0005
    dest_network_type = 0x0006
    dest_bearer_type = 0x0007
    dest_telematics_id = 0x0008
    source_addr_subunit = 0x000D
    source_network_type = 0x000E
    source_bearer_type = 0x000F
    source_telematics_id = 0x0010
    qos_time_to_live = 0x0017
    payload_type = 0x0019
    additional_status_info_text = 0x001D
    receipted_message_id = 0x001E
    ms_msg_wait_facilities = 0x0030
    privacy_indicator = 0x0201
    source_subaddress = 0x0202
    dest_subaddress = 0x0203
    user_message_reference = 0x0204
    user_response_code = 0x0205
    source_port = 0x020A
    destination_port = 0x020B
    sar_msg_ref_num = 0x020C
    language_indicator = 0x020D
    sar_total_segments = 0x020E
    sar_segment_seqnum = 0x020F
    sc_interface_version = 0x0210
    callback_num_pres_ind = 0x0302
    callback_num_atag = 0x0303
    number_of_messages = 0x0304
    callback_num = 0x0381
    dpf_result = 0x0420
    set_dpf = 0x0421
    ms_availability_status = 0x0422
    network_error_code = 0x0423
    message_payload = 0x0424
    delivery_failure_reason = 0x0425
    more_messages_to_send = 0x0426
    message_state = 0x0427
    congestion_state = 0x0428
    ussd_service_op = 0x0501
    display_time = 0x1201
    sms_signal = 0x1203
    ms_validity = 0x1204
    alert_on_message_delivery = 0x130C
    its_reply_type = 0x1380
    its_session_info = 0x1383


class Ton(IntEnum):
    """Type of number (SMPP 3.4, 5.2.5)."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER_NUMBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6


class Npi(IntEnum):
    """Numbering plan indicator (SMPP 3.4, 5.2.6)."""

    UNKNOWN = 0
    ISDN = 1
    DATA = 3
    TELEX = 4
    LAND_MOBILE = 6
    NATIONAL = 8
    PRIVATE = 9
    ERMES = 10
    INTERNET = 14
    WAP_CLIENT_ID = 18


class MessageState(IntEnum):
    """Where a message is (SMPP 3.4, 5.2.28)."""

    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8


class EsmClass(IntEnum):
    """Parts of esm_class (SMPP 3.4, 5.2.12): mode and type are numbers under a mask, the features are bits."""

    MODE_MASK = 0x03
    MODE_DATAGRAM = 0x01
    MODE_TRANSACTION = 0x02
    MODE_STORE_AND_FORWARD = 0x03
    TYPE_MASK = 0x3C
    DELIVERY_RECEIPT = 0x04
    DELIVERY_ACKNOWLEDGEMENT = 0x08
    USER_ACKNOWLEDGEMENT = 0x10
    CONVERSATION_ABORT = 0x18
    INTERMEDIATE_NOTIFICATION = 0x20
    UDHI = 0x40
    REPLY_PATH = 0x80


class RegisteredDelivery(IntEnum):
    """Parts of registered_delivery (SMPP 3.4, 5.2.17; its text says "bit 5", its pattern and 5.0 say bit 4)."""

    RECEIPT_MASK = 0x03
    RECEIPT_ALWAYS = 0x01
    RECEIPT_ON_FAILURE = 0x02
    SME_DELIVERY_ACK = 0x04
    SME_USER_ACK = 0x08
    INTERMEDIATE_NOTIFICATION = 0x10


class DataCoding(IntEnum):
    """The coding of the text (SMPP 3.4, 5.2.19)."""

    SMSC_DEFAULT = 0x00
    ASCII = 0x01
    OCTET_UNSPECIFIED_2 = 0x02
    LATIN_1 = 0x03
    OCTET_UNSPECIFIED_4 = 0x04
    JIS = 0x05
    CYRILLIC = 0x06
    HEBREW = 0x07
    UCS2 = 0x08
    PICTOGRAM = 0x09
    ISO_2022_JP = 0x0A
    EXTENDED_KANJI = 0x0D
    KS_C_5601 = 0x0E


_COMMAND_NAMES: Final[dict[int, str]] = {command.value: command.name for command in CommandId}
_STATUS_NAMES: Final[dict[int, str]] = {status.value: status.name for status in CommandStatus}


def command_name(command_id: int) -> str:
    """The specification's name, or the number in hex for an id that it does not define."""
    return _COMMAND_NAMES.get(command_id) or f"command 0x{command_id:08X}"


def status_name(command_status: int) -> str:
    """The specification's name, or the number in hex for a status that it does not define."""
    return _STATUS_NAMES.get(command_status) or f"status 0x{command_status:X}"


def status_words(command_status: int) -> str:
    """Name and meaning for messages: ``ESME_RTHROTTLED (too many messages per second)``."""
    words = STATUS_WORDS.get(command_status, "not defined by SMPP 3.4")
    return f"{status_name(command_status)} ({words})"
