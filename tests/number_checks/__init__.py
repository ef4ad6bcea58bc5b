"""The checks of the first bank's numbers, a module for each level."""

from number_checks import advanced, ai_workflow, beginner, behavioral, intermediate, scenario

LEVELS = {
    "beginner": beginner,
    "intermediate": intermediate,
    "advanced": advanced,
    "scenario": scenario,
    "ai-workflow": ai_workflow,
    "behavioral": behavioral,
}
