"""What a simulated station can be set to, and how it answers questions about that in the words of its version."""

from typing import Any

Payload = dict[str, Any]
SECRETS = {"AuthorizationKey", "BasicAuthPassword"}
COMPONENTS = {
    "HeartbeatInterval": "OCPPCommCtrlr",
    "WebSocketPingInterval": "OCPPCommCtrlr",
    "BasicAuthPassword": "SecurityCtrlr",
    "OrganizationName": "SecurityCtrlr",
}


class Settings:
    """`values` by name; secrets are written, never told."""

    def __init__(self) -> None:
        self.values = {"HeartbeatInterval": "300", "WebSocketPingInterval": "60", "OrganizationName": "Simulated"}
        self.read_only = {"OrganizationName"}

    def change(self, name: str, value: str) -> str:
        if name not in self.values and name not in SECRETS:
            return "NotSupported"
        if name in self.read_only:
            return "Rejected"
        self.values[name] = value
        return "Accepted"

    def configuration(self, asked: list[str]) -> Payload:
        """GetConfiguration of 1.6."""
        names = asked or sorted(self.values)
        known = [name for name in names if name in self.values and name not in SECRETS]
        unknown = [name for name in names if name not in known]
        lines = [{"key": name, "readonly": name in self.read_only, "value": self.values[name]} for name in known]
        return {"configurationKey": lines, **({"unknownKey": unknown} if unknown else {})}

    def set_variables(self, wishes: list[Payload]) -> Payload:
        """SetVariables of 2.x."""
        words = {"NotSupported": "UnknownVariable"}
        results = []
        for wish in wishes:
            result = self.change(wish["variable"]["name"], wish["attributeValue"])
            named = {"component": wish["component"], "variable": wish["variable"]}
            results.append({"attributeStatus": words.get(result, result), **named})
        return {"setVariableResult": results}

    def get_variables(self, questions: list[Payload]) -> Payload:
        results = []
        for question in questions:
            name = question["variable"]["name"]
            named = {"component": question["component"], "variable": question["variable"]}
            if name in self.values and name not in SECRETS:
                results.append({"attributeStatus": "Accepted", "attributeValue": self.values[name], **named})
            else:
                results.append({"attributeStatus": "Rejected" if name in SECRETS else "UnknownVariable", **named})
        return {"getVariableResult": results}

    def report(self, request: int, said_at: str) -> Payload:
        """NotifyReport of 2.x, in one part."""
        lines = [
            {
                "component": {"name": COMPONENTS.get(name, "ChargingStation")},
                "variable": {"name": name},
                "variableAttribute": [{"value": value, "mutability": self._mutability(name)}],
            }
            for name, value in sorted(self.values.items())
            if name not in SECRETS
        ]
        return {"requestId": request, "generatedAt": said_at, "seqNo": 0, "tbc": False, "reportData": lines}

    def _mutability(self, name: str) -> str:
        return "ReadOnly" if name in self.read_only else "ReadWrite"
