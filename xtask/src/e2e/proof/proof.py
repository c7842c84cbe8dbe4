"""Runs the scenarios of one SDK: proof.py SDK BASE KEY."""

import importlib

from common import SDK, run

importlib.import_module({"anthropic": "anthropic_sdk", "openai": "openai_sdk"}[SDK])
run()
