"""One visit to one source: keys if needed, a few queries, and what is learnt from each.

Everything that may go wrong has a code and is kept; what can be put right is put right here: stale cookies lead to new
keys, lost large requests to small ones, an order to slow down to the end of the visit. Never to unauthenticated time.
"""

import asyncio
import os
import random
from dataclasses import replace
from ipaddress import ip_address

from timesync.client import clock
from timesync.client.addresses import Address, follow, resolve, with_port
from timesync.client.establishing import establish
from timesync.client.gateway_line import open_gateway
from timesync.client.lines import Line
from timesync.client.listening import Heard, hear_signature, listen
from timesync.client.results import Establishment, Exchange, Probe, Stamp, StampSource, Trouble
from timesync.client.targets import Memory, Plan, Protection, Target
from timesync.client.udp import StampedSocket
from timesync.nts import filtering, measure, pacing, query
from timesync.nts.aead import Cipher
from timesync.nts.association import Association
from timesync.nts.codes import Code
from timesync.nts.failures import Failure
from timesync.nts.measure import Sample
from timesync.nts.packet import Packet
from timesync.nts.query import Entropy, Query, Reply

EXTRA_QUERIES = 4  # to find a way round a trouble
ENOUGH_SILENCE = 2
ENOUGH_NAKS = 2  # a single one may be forged
SPREAD = random.SystemRandom()


class Visit:
    def __init__(self, target: Target, plan: Plan, memory: Memory, *, started_ns: int, by_person: bool) -> None:
        self.target = target
        self.plan = plan
        self.started_ns = started_ns
        self.exchanges: list[Exchange] = []
        self.troubles: list[Trouble] = []
        self.establishment: Establishment | None = None
        self._by_person = by_person
        self._association = memory.association
        self._attempts = memory.attempts
        self._line: Line | None = None
        self._ciphers: tuple[Cipher, Cipher] | None = None
        self._address: Address | None = None
        self._ip: str | None = None
        self._seen: set[bytes] = set()
        self._previous: Packet | None = None  # the header of the last reply, for interleaved mode
        self._small_only = False
        self._naks = self._silences = 0

    async def run(self) -> None:
        """Raises Failure when the visit cannot go on; what was gathered by then stays."""
        await self._open()
        good = 0
        for number in range(self.plan.queries + EXTRA_QUERIES):
            if number:
                await asyncio.sleep(SPREAD.uniform(*self.plan.spacing))
            good += await self._ask()
            if good == self.plan.queries:
                return

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def note(self, trouble: Trouble) -> None:
        if trouble not in self.troubles:
            self.troubles.append(trouble)

    def result(self, *, now_ns: int) -> Probe:
        samples = [exchange.sample for exchange in self.exchanges if exchange.sample]
        best = filtering.best(samples, now_ns=now_ns) if samples else None
        return Probe(
            target=self.target.name,
            protection=self.target.protection,
            started_ns=self.started_ns,
            address=self._ip,
            establishment=self.establishment,
            exchanges=tuple(self.exchanges),
            best=best,
            jitter_ns=filtering.jitter_ns(samples, best) if best else 0,
            troubles=tuple(self.troubles),
            memory=Memory(self._association, self._attempts),
        )

    # Getting there

    async def _open(self) -> None:
        self.close()
        self._previous = None
        if self.target.protection == Protection.CHANNEL:
            self._line = await open_gateway(self.target, self.plan)
        else:
            address = await (self._nts_address() if self.target.protection == Protection.NTS else self._plain_address())
            try:
                self._line = StampedSocket(address, kernel_stamps=self.plan.kernel_stamps)
            except OSError as error:
                raise Failure(Code.UNREACHABLE, address=address.ip, errno=error.errno or 0) from error
        self._ip = self._line.ip

    async def _plain_address(self) -> Address:
        target = self.target
        found = await resolve(target.host, target.port, allow_private=target.allow_private, seconds=self.plan.connect)
        return found[0]

    async def _nts_address(self) -> Address:
        if self._association is None or not self._association.cookies:
            await self._establish()
        association = self._keys()
        self._ciphers = association.keys.ciphers()
        named = self._address or await self._plain_address()
        if association.host == self.target.host:
            return with_port(named, association.port)
        found = await follow(
            association.host,
            association.port,
            named=[named],
            allow_private=self.target.allow_private_redirect,
            seconds=self.plan.connect,
        )
        return found[0]

    async def _establish(self) -> None:
        pacing.check_establishment(self._attempts, now_ns=self.started_ns, by_person=self._by_person)
        try:
            self._association, self.establishment, self._address = await establish(self.target, self.plan)
        except Failure:
            self._attempts = self._attempts.failed(self.started_ns)
            raise
        self._attempts = self._attempts.succeeded(self.started_ns)
        self._by_person = False  # one visit, one key establishment
        self._naks = self._silences = 0

    def _keys(self) -> Association:
        if self._association is None:
            raise Failure(Code.COOKIES_USED_UP)
        return self._association

    # Asking

    async def _ask(self) -> bool:
        """One query; True if its reply was accepted. Raises Failure to end the visit."""
        if self._line is None:
            raise Failure(Code.INTERNAL, reason="no line")
        asked, cipher = self._question()
        before = clock.read()
        try:
            await self._line.send(asked.request)
        except OSError as error:
            raise Failure(Code.UNREACHABLE, errno=error.errno or 0) from error
        heard = await listen(self._line, asked, cipher, patience=self.plan.patience, seen=self._seen)
        exchange = Exchange(asked.request, self._line.departure(), dropped=heard.dropped, trouble=heard.trouble)
        self.exchanges.append(exchange)
        for dropped in heard.dropped:
            self.note(dropped.trouble)
        if heard.reply is None or heard.arrival is None:
            await self._recover(asked, heard)
            return False
        self._silences = 0
        step_ns = clock.step_ns(before, clock.read())
        await self._accept(asked, heard.reply, exchange, home=heard.arrival.home, step_ns=step_ns)
        return True

    def _question(self) -> tuple[Query, Cipher | None]:
        entropy = Entropy.of(os.urandom(Entropy.LENGTH))
        receive = self._previous.receive if self._previous and self._can_interleave() else None
        if self.target.protection != Protection.NTS or self._ciphers is None:
            return query.plain(entropy, previous_receive=receive), None
        # The cookie leaves the store before it leaves the house.
        cookie, self._association = self._keys().take_cookie()
        keys = self._association.public_keys
        c2s, s2c = self._ciphers
        asked = query.protected(
            entropy,
            cookie=cookie,
            cipher=c2s,
            placeholders=0 if self._small_only else self._association.placeholders(cookie),
            previous_receive=receive,
            signed_with=keys[0].id if keys and self.target.signed_responses else None,
        )
        return asked, s2c

    def _can_interleave(self) -> bool:
        """Only with kernel stamps at both ends of the wire: else the server's becomes exact and ours does not."""
        sent = self.exchanges[-1].sent.source if self.exchanges else StampSource.PROGRAM
        return self.plan.interleave and sent == StampSource.KERNEL

    async def _recover(self, asked: Query, heard: Heard) -> None:
        """Nothing acceptable came. Find another way, or raise Failure."""
        trouble = heard.trouble or Trouble(Code.NTP_TIMEOUT)
        self._silences += 1
        self._previous = None
        if trouble.code == Code.NTS_NAK:
            self._naks += 1
        if trouble.code == Code.NTP_TIMEOUT and asked.placeholders and not self._small_only:
            self._small_only = True  # the next one is small; if that gets through, size was the matter
            return
        if trouble.code == Code.NTP_TIMEOUT and any(exchange.reply for exchange in self.exchanges):
            trouble = Trouble(Code.NTP_SILENT_AFTER_REPLIES)
        if self._naks < ENOUGH_NAKS and self._silences < ENOUGH_SILENCE:
            return
        self.note(trouble)
        has_old_keys = self.target.protection == Protection.NTS and self.establishment is None
        if not has_old_keys or trouble.code in (Code.NTP_REFUSED, Code.UNREACHABLE, Code.NTP_SILENT_AFTER_REPLIES):
            raise Failure(trouble.code, **dict(trouble.facts))
        self._association = None  # some servers answer a stale cookie with silence
        await self._open()

    # Learning from a reply

    async def _accept(self, asked: Query, reply: Reply, exchange: Exchange, *, home: Stamp, step_ns: int) -> None:
        exchange = replace(exchange, reply=reply.body, home=home, is_authenticated=reply.is_authenticated)
        try:
            self._store_cookies(asked, reply)
            exchange = await self._with_signature(asked, reply, exchange)
            if step_ns:
                raise Failure(Code.LOCAL_CLOCK_STEPPED, step_ns=step_ns)
            self._check(reply.packet)
            exchange = self._measured(reply, exchange)
        except Failure as failure:
            exchange = replace(exchange, trouble=Trouble.of(failure), sample=None)
            self._previous = None
            self.note(Trouble.of(failure))
            if failure.code in (Code.KISS_RATE, Code.KISS_DENY, Code.KISS_OTHER, Code.UNSYNCHRONISED):
                raise
        else:
            self._previous = reply.packet
        finally:
            self.exchanges[-1] = exchange

    def _store_cookies(self, asked: Query, reply: Reply) -> None:
        if self._association is None or self.target.protection != Protection.NTS:
            return
        self._association = self._association.add_cookies(reply.cookies)
        if len(reply.cookies) <= asked.placeholders and reply.packet.stratum:
            self.note(Trouble(Code.COOKIES_RUNNING_OUT))
        if self._small_only:
            self.note(Trouble(Code.LARGE_REQUEST_LOST))

    async def _with_signature(self, asked: Query, reply: Reply, exchange: Exchange) -> Exchange:
        if not asked.wants_signature or self._line is None:
            return exchange
        keys = self._keys().public_keys
        try:
            signature = await hear_signature(self._line, reply, keys, patience=self.plan.patience)
        except Failure as failure:
            if failure.code != Code.SIGNATURE_MISSING:
                raise
            self.note(Trouble.of(failure))  # the time is good, only nobody else can check it
            return exchange
        return replace(exchange, signature=signature)

    def _check(self, header: Packet) -> None:
        measure.check_header(header, self.plan.limits)
        if self._previous is not None and header.receive == self._previous.receive:
            raise Failure(Code.FROZEN_CLOCK)
        own = getattr(self._line, "own_ip", "")
        if header.stratum > 1 and own and header.refid == ip_address(own).packed:
            raise Failure(Code.SOURCE_LOOP, address=own)

    def _measured(self, reply: Reply, exchange: Exchange) -> Exchange:
        """The exchange with its sample. An interleaved reply completes the one before instead."""
        if not reply.is_interleaved:
            return replace(exchange, sample=self._sample(reply.packet, reply.packet.receive, exchange))
        if self._previous is not None and len(self.exchanges) > 1:
            before = self.exchanges[-2]
            sample = self._sample(reply.packet, self._previous.receive, before, is_interleaved=True)
            self.exchanges[-2] = replace(before, sample=sample)
        return exchange

    def _sample(self, header: Packet, receive: int, exchange: Exchange, *, is_interleaved: bool = False) -> Sample:
        if exchange.home is None:
            raise Failure(Code.INTERNAL, reason="no stamp")
        trip = measure.trip_of(
            sent_ns=exchange.sent.ns, receive=receive, transmit=header.transmit, home_ns=exchange.home.ns
        )
        return measure.measure(
            trip,
            header,
            precision_ns=clock.RESOLUTION_NS,
            limits=self.plan.limits,
            is_interleaved=is_interleaved,
        )
