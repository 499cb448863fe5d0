PYTHON ?= python3
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check requirements

help:
	@echo "make demo        画面で使えるように起動します（止めるには Ctrl-C。PORT=8000）"
	@echo "make demo-reset  デモのデータを消します"
	@echo "make test        すべてのテストを実行します"
	@echo "make check       書き方、型、層、マイグレーション、本番設定を調べます"

demo:
	@$(PYTHON) deploy/setup.py demo
	@$(VENV)/python -m deploy.demo

demo-reset:
	@$(PYTHON) deploy/reset.py

test:
	@$(PYTHON) deploy/setup.py test
	@$(VENV)/python -m pytest

check:
	@$(PYTHON) deploy/setup.py test
	@$(VENV)/python -m deploy.check

# after a change of the dependencies in pyproject.toml; commit what it writes
requirements:
	@$(PYTHON) deploy/setup.py test
	@$(VENV)/python -m deploy.requirements
