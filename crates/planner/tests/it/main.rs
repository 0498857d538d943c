//! Tests of the planner, one module for each noun.

mod instance;
