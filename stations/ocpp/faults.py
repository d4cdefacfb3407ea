"""What can be wrong with a call, and how each version of OCPP spells it in a CALLERROR.

The two odd spellings of 1.6 (Formation, Occurence) are the published ones; later versions put them right.
1.6 has no names for faults of the framing itself, so it gets the nearest of its ten.
"""

from enum import Enum

from stations.ocpp.versions import Version


class Fault(Enum):
    UNKNOWN_ACTION = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL = "InternalError"
    INCOMPLETE = "ProtocolError"
    SECURITY = "SecurityError"
    FORMAT = "FormatViolation"
    PROPERTY = "PropertyConstraintViolation"
    OCCURRENCE = "OccurrenceConstraintViolation"
    TYPE = "TypeConstraintViolation"
    OTHER = "GenericError"
    FRAMING = "RpcFrameworkError"
    MESSAGE_TYPE = "MessageTypeNotSupported"


SPELLED_IN_16 = {
    Fault.FORMAT: "FormationViolation",
    Fault.OCCURRENCE: "OccurenceConstraintViolation",
    Fault.FRAMING: "FormationViolation",
    Fault.MESSAGE_TYPE: "NotSupported",
}


def spell(fault: Fault, version: Version) -> str:
    return SPELLED_IN_16.get(fault, fault.value) if version is Version.V16 else fault.value
