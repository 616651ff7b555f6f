"""Mistakes in experiments made of many syntheses."""

from mistake import Mistake

MISTAKES = [
    Mistake(
        "a plan is judged without its floor",
        "core/study/verdict.cpp",
        "case Better::lower: return plan - floor;",
        "case Better::lower: return plan;",
        program="study_test_verdict",
    ),
    Mistake(
        "a few clips are enough for a verdict",
        "core/study/verdict.cpp",
        "if (count < kFewestClips) return finding;",
        "if (count < 1) return finding;",
        program="study_test_verdict",
    ),
    Mistake(
        "many plans share no error",
        "core/study/verdict.cpp",
        "thresholds.error / plans",
        "thresholds.error / (1 + 0 * plans)",
        program="study_test_verdict",
    ),
    Mistake(
        "clips that were skipped shift those to be done",
        "core/study/validation.cpp",
        "validation.clips.size() + validation.skipped.size()",
        "validation.clips.size()",
        program="study_test_validation",
    ),
    Mistake(
        "results of another study are taken over",
        "core/study/validation_file.cpp",
        'if (json.at("subject").at(key) != value)',
        'if (json.at("subject").at(key) != value && key.empty())',
        program="study_test_validation",
    ),
    Mistake(
        "every second layer of a study that was resumed is left out",
        "core/study/sensitivity.cpp",
        "for (auto i = study.layers.size(); i < candidates.size(); ++i) {",
        "for (auto i = 2 * study.layers.size(); i < candidates.size(); ++i) {",
        program="study_test_sensitivity",
    ),
    Mistake(
        "layers are tried by other steps than their reference",
        "core/study/damage.cpp",
        "request.last_stage = LastStage::mel;",
        "request.last_stage = LastStage::mel, request.steps = 1 + request.steps;",
        program="study_test_sensitivity",
    ),
    Mistake(
        "shards are merged one behind the other",
        "core/study/sensitivity.cpp",
        "parts[i % all].layers.at(i / all)",
        "parts[i * all / entries].layers.at(i % ((entries + all - 1) / all))",
        program="study_test_sensitivity",
    ),
    Mistake(
        "two processes work on one result",
        "core/work_lock.cpp",
        "LOCK_EX | LOCK_NB",
        "LOCK_SH | LOCK_NB",
        program="cli_test_study",
    ),
    Mistake(
        "a clip that is another one by now is judged by",
        "core/metrics/clip_folder.cpp",
        "if (!sources.described.empty()) check_clip(",
        "if (sources.described.size() > 1000) check_clip(",
        program="cli_test_set",
    ),
    Mistake(
        "a set leads out of its folder",
        "core/sets/set_format.cpp",
        "name.find('/') != std::string::npos",
        "name.find('\\n') != std::string::npos",
        program="sets_test_reference_set",
    ),
    Mistake(
        "windows of a stretched sound do not look for each other",
        "core/dsp/time_stretch.cpp",
        "best = candidate;",
        "best = middle;",
        program="dsp_test_time_stretch",
    ),
]
