"""Real-looking frames of all three versions, shared by the tests of the core, and strategies for valid ones."""

from hypothesis import strategies as st

from stations.ocpp.frames import Call, CallError, CallResult, CallResultError, Frame, Send

METER_VALUES = {
    "connectorId": 1,
    "transactionId": 12,
    "meterValue": [
        {
            "timestamp": "2026-11-21T10:00:00.000Z",
            "sampledValue": [
                {
                    "value": "10233.5",
                    "context": "Sample.Periodic",
                    "measurand": "Energy.Active.Import.Register",
                    "unit": "Wh",
                },
                {"value": "230.1", "measurand": "Voltage", "phase": "L1-N", "unit": "V"},
            ],
        }
    ],
}
BOOT_16 = {"chargePointVendor": "VendorX", "chargePointModel": "SingleSocketCharger"}
BOOT_2X = {"reason": "PowerUp", "chargingStation": {"vendorName": "VendorX", "model": "Twin"}}
TRANSACTION_2X = {
    "eventType": "Started",
    "timestamp": "2026-11-21T10:00:00Z",
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "a-1"},
    "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"},
}
STREAM_21 = {"data": [{"t": 0.5, "v": "13"}], "id": 1, "pending": 0, "basetime": "2026-11-21T10:00:00Z"}

TEXTS: list[tuple[str, Frame]] = [
    (
        '[2,"19223201","BootNotification",{"chargePointVendor":"VendorX","chargePointModel":"SingleSocketCharger"}]',
        Call("19223201", "BootNotification", BOOT_16),
    ),
    (
        '[3,"19223201",{"status":"Accepted","currentTime":"2013-02-01T20:53:32.486Z","heartbeatInterval":300}]',
        CallResult(
            "19223201",
            {"status": "Accepted", "currentTime": "2013-02-01T20:53:32.486Z", "heartbeatInterval": 300},
        ),
    ),
    ('[4,"7","GenericError","",{}]', CallError("7", "GenericError", "", {})),
    (
        '[4,"8","NotSupported","not here",{"since":1.5}]',
        CallError("8", "NotSupported", "not here", {"since": 1.5}),
    ),
    ('[5,"9","FormatViolation","",{}]', CallResultError("9", "FormatViolation", "", {})),
    (
        '[6,"10","NotifyPeriodicEventStream",{"data":[{"t":0.5,"v":"13"}],"id":1,"pending":0,"basetime":"2026-11-21T10:00:00Z"}]',
        Send("10", "NotifyPeriodicEventStream", STREAM_21),
    ),
    ('[2,"a-1","Heartbeat",{}]', Call("a-1", "Heartbeat", {})),
    (
        '[2,"ü€😀","DataTransfer",{"vendorId":"ä","data":null}]',
        Call("ü€😀", "DataTransfer", {"vendorId": "ä", "data": None}),
    ),
    (f'[3,"{"x" * 36}",{{}}]', CallResult("x" * 36, {})),
]

ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=36)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=12
)
payloads = st.dictionaries(words, values, max_size=5)
frames = st.one_of(
    st.builds(Call, ids, words, payloads),
    st.builds(Send, ids, words, payloads),
    st.builds(CallResult, ids, payloads),
    st.builds(CallError, ids, words, words, payloads),
    st.builds(CallResultError, ids, words, words, payloads),
)
