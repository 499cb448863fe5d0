PYTHON ?= python3
VENV := .venv/bin
PROCESSES ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check bench soak requirements sbom

help:
	@echo "make demo        画面で使えるように起動します（止めるには Ctrl-C。PORT=8000）"
	@echo "make demo-reset  デモのデータを消します"
	@echo "make test        すべてのテストを実行します"
	@echo "make bench       速さを比べます"
	@echo "make soak        障害・攻撃・速さを長い時間試します（SEED、N、ONLY で選べます）"
	@echo "make check       書き方、型、層、マイグレーション、本番設定を調べます"

demo:
	@$(PYTHON) -m deploy.setup demo
	@$(VENV)/python -m deploy.demo

demo-reset:
	@$(PYTHON) -m deploy.reset

test:
	@$(PYTHON) -m deploy.setup test
	@$(VENV)/python -m pytest -n $(PROCESSES)

check:
	@$(PYTHON) -m deploy.setup test
	@$(VENV)/python -m deploy.check

bench:
	@$(PYTHON) -m deploy.setup test
	@$(VENV)/python -m tests.bench

soak:
	@$(PYTHON) -m deploy.setup test
	@$(VENV)/python -m pytest -s -o python_files='soak_*.py' $(or $(ONLY),tests)

# what production is made of (CycloneDX), for a customer's auditor
sbom:
	@$(PYTHON) -m deploy.sbom

# after a change of the dependencies in pyproject.toml; commit what it writes
requirements:
	@$(PYTHON) -m deploy.setup test
	@$(VENV)/python -m deploy.requirements
