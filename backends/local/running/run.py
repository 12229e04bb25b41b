"""One run of a Plan on this machine, from its folder to its report."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tfxc.backends.launcher.protocol.client import LauncherUnavailable
from tfxc.backends.launcher.protocol.conversation import Conversation, Launcher
from tfxc.backends.launcher.protocol.messages import (
    DoneReply,
    ErrorReply,
    OpenRequest,
    ReadyReply,
    RunContext,
    SummaryReply,
    SummaryRequest,
)
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.backends.local.backend import settings_of
from tfxc.backends.local.planning.scheduler import STOPPED, Scheduler
from tfxc.backends.local.planning.tasks import Limits, tasks_of
from tfxc.backends.local.running.dead_runs import dead_runs
from tfxc.backends.local.running.events import EventLog
from tfxc.backends.local.running.interrupts import Interrupts
from tfxc.backends.local.running.machine import Machine
from tfxc.backends.local.running.node_reports import node_reports, run_state, with_verdicts
from tfxc.backends.local.running.prepare import PreparedRun
from tfxc.backends.local.running.session import Policy, Session
from tfxc.backends.local.running.source_paths import in_users_files
from tfxc.backends.local.screen.progress import Progress
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.backends.reports.contents import run_contents
from tfxc.backends.reports.markdown import markdown
from tfxc.backends.reports.run_report import LauncherReport, NodeReport, RunReport
from tfxc.backends.reports.states import RunState
from tfxc.backends.reports.training_log import loss_note
from tfxc.schemas.failures import EXIT_DONE, EXIT_FAILED, SIGNAL_OFFSET, because
from tfxc.schemas.plan import Plan
from tfxc.schemas.whole_files import write_whole

LAUNCHER_ENDED = "the launcher ended"
NOT_OPENED = "the run could not begin"
OPEN_GRACE = 5.0
"""Seconds that opening a run may still take after it was stopped."""
SUMMARY_SECONDS = 420.0
"""How long the launcher may take to read metrics and anomalies, after it has examined models."""


@dataclass(frozen=True)
class RunOutcome:
    """The report of a run and the exit code that says the same."""

    report: RunReport
    exit_code: int


def execute_run(
    run: PreparedRun,
    launcher: Launcher,
    progress: Progress,
    machine: Machine,
    interrupts: Interrupts,
    launcher_log: Path,
) -> RunOutcome:
    """Runs the nodes and returns how that ended. Whatever happens, there is a report of it.

    ``launcher_log`` is where the launcher logs; a copy of it goes to the run's folder.
    """
    began = time.monotonic()
    log = EventLog(run.folder.events, progress.show, lambda: datetime.now().astimezone())
    conversation = Conversation(launcher, progress.tick, progress.interval, interrupts)
    # While the launcher builds the run, what follows is imported and made ready here.
    opening = _Opening(conversation, run)
    scheduler = _scheduler(run, machine)
    log.emit(
        "run_resumed" if run.resumed else "run_started",
        pipeline=run.request.plan.name,
        run_id=run.record.run_id,
        run_date=run.record.run_date,
        parameters=run.record.parameters,
        nodes=tuple(scheduler.states),
    )
    for node in run.finished:
        log.emit("node_finished", node=node, state="cached", reason="finished earlier in this run")
    session = Session(
        conversation,
        scheduler,
        _policies(run.request.plan),
        run.folder,
        log.emit,
        run.record.run_id,
        lambda error: in_users_files(error, run.request.plan, run.folder, run.request.base_folder),
    )
    found = RunSummary()
    error = ""
    try:
        error = opening.wait(log)
        if error:
            session.give_up(NOT_OPENED)
        else:
            session.run()
            found = _read_findings(conversation, run.record.run_id, at_once=interrupts.count > 0)
    except LauncherUnavailable as gone:
        error = str(gone).replace(str(launcher_log), str(run.folder.launcher_log))
        session.give_up(STOPPED if interrupts.count else LAUNCHER_ENDED)
    with contextlib.suppress(OSError):
        shutil.copyfile(launcher_log, run.folder.launcher_log)
    outcome = _outcome(run, launcher, log, interrupts, error, found, began)
    run.release()
    return outcome


def _scheduler(run: PreparedRun, machine: Machine) -> Scheduler:
    jobs = run.request.jobs or settings_of(run.request.plan).jobs or machine.cores
    limits = Limits(jobs, machine.cores, machine.memory)
    return Scheduler(tasks_of(run.request.plan, run.request.nodes), limits, run.finished)


def _policies(plan: Plan) -> dict[str, Policy]:
    return {
        node.id: Policy(
            node.execution.timeout,
            node.execution.retries + 1,
            node.when is not None,
            node.id == plan.on_exit,
        )
        for node in plan.nodes
    }


class _Opening:
    """Opens a run in the launcher: asks for it at once, and waits for it later."""

    def __init__(self, conversation: Conversation, run: PreparedRun) -> None:
        self._conversation = conversation
        self._request = conversation.next_id()
        self._gone: LauncherUnavailable | None = None
        context = RunContext(
            plan=str(run.folder.plan),
            base_folder=str(run.request.base_folder),
            modules_folder=str(run.folder.modules),
            run_id=run.record.run_id,
            run_date=run.record.run_date,
            parameters=run.record.parameters,
            nodes=run.request.nodes,
            cache=run.request.cache,
            dead_runs=dead_runs(run.folder),
        )
        try:
            conversation.send(OpenRequest(id=self._request, context=context))
        except LauncherUnavailable as gone:
            self._gone = gone

    def wait(self, log: EventLog) -> str:
        """Returns why that was not possible, or nothing. Raises LauncherUnavailable."""
        if self._gone is not None:
            raise self._gone
        imported, stopped, deadline = False, False, None
        while deadline is None or time.monotonic() < deadline:
            for reply in self._conversation.wait(deadline):
                if isinstance(reply, ReadyReply):
                    imported = True
                    log.emit("tfx_imported", seconds=round(reply.seconds, 3), peak_memory=reply.peak_memory)
                elif isinstance(reply, ErrorReply) and reply.id in (0, self._request):
                    return STOPPED if stopped else reply.error.message
                elif isinstance(reply, DoneReply) and reply.id == self._request:
                    log.emit("pipeline_opened")
                    return STOPPED if stopped else ""
            if self._conversation.new_interrupts():
                if stopped or not imported:
                    break
                log.emit("run_stopping")
                # Opening creates the metadata store: that is not cut off halfway without need.
                stopped, deadline = True, time.monotonic() + OPEN_GRACE
        return STOPPED


def _read_findings(conversation: Conversation, run_id: str, *, at_once: bool) -> RunSummary:
    """Asks the launcher what the run found out. What cannot be read becomes a note.

    ``at_once`` is for a run that was stopped: models that are being examined are left unexamined.
    """
    request = conversation.next_id()
    deadline = time.monotonic() + SUMMARY_SECONDS
    conversation.send(SummaryRequest(id=request, run_id=run_id, at_once=at_once))
    while time.monotonic() < deadline and not conversation.new_interrupts():
        for reply in conversation.wait(deadline):
            if isinstance(reply, SummaryReply) and reply.id == request:
                return reply.summary
            if isinstance(reply, ErrorReply) and reply.id == request:
                return RunSummary(notes=(reply.error.message,))
    return RunSummary(
        notes=("what the run found out was not read: reading it took too long or was stopped.",)
    )


def _outcome(
    run: PreparedRun,
    launcher: Launcher,
    log: EventLog,
    interrupts: Interrupts,
    error: str,
    found: RunSummary,
    began: float,
) -> RunOutcome:
    nodes = with_verdicts(node_reports(run.request.plan, log.events), found.models)
    state = run_state(nodes, interrupts.first is not None, error)
    imported = next((event for event in log.events if event.event == "tfx_imported"), None)
    report = RunReport(
        pipeline=run.request.plan.name,
        run_id=run.record.run_id,
        run_date=run.record.run_date,
        state=state,
        error=error or None,
        seconds=round(time.monotonic() - began, 3),
        folder=str(run.folder.path),
        parameters=run.record.parameters,
        nodes=nodes,
        evaluations=found.evaluations,
        anomalies=found.anomalies,
        models=found.models,
        pushes=found.pushes,
        alerts=found.alerts,
        triggers=found.triggers,
        statistics=found.statistics,
        notes=tuple(note for note in (*found.notes, *_losses(nodes, found), log.note) if note),
        launcher=LauncherReport(
            import_seconds=(imported and imported.seconds) or 0.0,
            peak_memory=(imported and imported.peak_memory) or 0,
            found_warm=launcher.found_warm,
            stays_seconds=launcher.stays,
        ),
    )
    log.emit("run_finished", state=state, seconds=report.seconds, reason=error or None)
    return RunOutcome(_written(report, run.folder), _exit_code(state, interrupts))


def _losses(nodes: tuple[NodeReport, ...], found: RunSummary) -> Iterator[str]:
    """Yields what the logs of trainings say of a loss that is no number, where nothing else has said it."""
    for node in nodes:
        said = any(note.startswith(f"`{node.name}`: the loss is") for note in found.notes)
        is_training = any(each.artifact_type == "ModelRun" for each in node.artifacts)
        if node.state != "succeeded" or node.log is None or said or not is_training:
            continue
        note = loss_note(Path(node.log))
        if note is not None:
            yield f"`{node.name}`: {note}"


def _written(report: RunReport, folder: RunFolder) -> RunReport:
    """Writes the report, as JSON and for people. Returns it, with a note of what could not be written."""
    notes = []
    page = markdown(run_contents(report, folder.path))
    for path, text in ((folder.summary, report.to_json()), (folder.summary_page, page)):
        try:
            write_whole(path, text)
        except OSError as error:
            notes.append(f"the summary could not be written to {because(error, path)}.")
    return report.model_copy(update={"notes": (*report.notes, *notes)}) if notes else report


def _exit_code(state: RunState, interrupts: Interrupts) -> int:
    if state == "cancelled" and interrupts.first is not None:
        return SIGNAL_OFFSET + interrupts.first
    return EXIT_DONE if state == "succeeded" else EXIT_FAILED
