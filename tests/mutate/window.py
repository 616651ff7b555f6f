"""Mistakes in the window: what it does to a person's work, and what it says."""

from mistake import Mistake

MISTAKES = [
    Mistake(
        "a file that was asked for hides what a crash left",
        "ui/workbench/main_window_files.cpp",
        "  if (!left) return;\n",
        "  return;\n",
        "ui_workbench_test_main_window",
    ),
    Mistake(
        "opening does not ask about unsaved work",
        "ui/document/document_file.cpp",
        "  if (!maybeSave()) return;\n",
        "",
        "ui_document_test_document_file",
    ),
    Mistake(
        "closing does not ask about unsaved work",
        "ui/workbench/main_window.cpp",
        "  if (!document_->maybeSave()) return event->ignore();\n",
        "",
        "ui_workbench_test_main_window",
    ),
    Mistake(
        "a result that cannot be used ends the program",
        "ui/jobs/job_runner.cpp",
        "Q_EMIT ended(*id, JobEnd{error ? error : outcome_of(done)});",
        "if (!error) done();\n      Q_EMIT ended(*id, JobEnd{error});",
        "ui_jobs_test_job_runner",
    ),
    Mistake(
        "an export may replace its source",
        "ui/export/export_work.cpp",
        "  inputs.push_back(request.checkpoint->path());\n",
        "",
        "ui_export_test_export_dialog",
    ),
    Mistake(
        "nothing differs from A after opening",
        "ui/workbench/main_window.cpp",
        "  fillSlots();\n  tree_->setEditor(workbench_.editor(), workbench_.planSlots().front().editor);\n",
        "  fillSlots();\n  tree_->setEditor(workbench_.editor());\n",
        "ui_workbench_test_main_window",
    ),
    Mistake(
        "choosing what is so already is a step to undo",
        "ui/model_tree/plan_editor.cpp",
        "    return;\n  undo_stack_.push(new Step(*this, Step::Kind::edit",
        "    (void)0;\n  undo_stack_.push(new Step(*this, Step::Kind::edit",
        "ui_model_tree_test_model_tree",
    ),
    Mistake(
        "frequencies are zoomed out by every edit",
        "ui/spectrogram/spectrogram_plot.cpp",
        "  if (std::exchange(hz_, hz) != hz || positions_.size() <= 0) movePositions(allPositions());",
        "  hz_ = hz;\n  movePositions(allPositions());",
        "ui_spectrogram_test_spectrogram_panel",
    ),
    Mistake(
        "the recording wears the colour of B",
        "ui/listen/player.cpp",
        "track.slot < 0 ? colours().muted :",
        "track.slot < 0 ? run_colour(1) :",
        "ui_listen_test_player",
    ),
    Mistake(
        "keys that play and choose work in one panel only",
        "ui/listen/listen_panel.cpp",
        "  reach = Qt::WindowShortcut;\n",
        "",
        "ui_listen_test_listen_panel",
    ),
    Mistake(
        "Enter only seeks",
        "ui/measures/measures_panel.cpp",
        "    jump_to(overview_->currentIndex());\n    Q_EMIT playRequested();\n",
        "    jump_to(overview_->currentIndex());\n",
        "ui_measures_test_measures_panel",
    ),
    Mistake(
        "runs keep their stages without bound",
        "ui/runs/run_store.cpp",
        "  drop_stages();\n}",
        "}",
        "ui_runs_test_run_store",
    ),
    Mistake(
        "the menu looks for files that may be on a network that is gone",
        "ui/session/recent_files.cpp",
        "return settings_.value(kKey).toStringList().mid(0, kMost); }",
        "auto all = settings_.value(kKey).toStringList(); "
        "all.removeIf([](const auto& path) { return !QFileInfo::exists(path); }); return all.mid(0, kMost); }",
        "ui_session_test_session",
    ),
]
