"""The console command `station`: a group of commands, each in a file of its own under `commands/`."""

import importlib

import click

from station_agent import VERSION

_COMMANDS = {
    "calibrate": "station_agent.commands.calibrate:calibrate_command",
    "carry-in": "station_agent.commands.carry:carry_in_command",
    "carry-out": "station_agent.commands.carry:carry_out_command",
    "cards": "station_agent.commands.cards:cards_command",
    "decode": "station_agent.commands.decode:decode_command",
    "devices": "station_agent.commands.devices:devices_group",
    "enrolment": "station_agent.commands.enrolment:enrolment_command",
    "doctor": "station_agent.commands.doctor:doctor_command",
    "identify": "station_agent.commands.identify:identify_command",
    "init": "station_agent.commands.init:init_command",
    "journal": "station_agent.commands.journal:journal_group",
    "labels": "station_agent.commands.labels:labels_command",
    "receipt": "station_agent.commands.receipt:receipt_command",
    "run": "station_agent.commands.run:run_command",
    "scale": "station_agent.commands.scale:scale_group",
    "sheets": "station_agent.commands.sheets:sheets_command",
    "status": "station_agent.commands.status:status_command",
    "sync": "station_agent.commands.shipping:sync_command",
    "trace": "station_agent.commands.trace:trace_command",
}


class _Lazy(click.Group):
    """Imports a command only when it is called, so that a Pi starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names for the help."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION)
def main() -> None:
    """邮运通 村级驿站 / the village station: run it, ship its journal, look into it."""
