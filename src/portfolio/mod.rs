//! The bytes of a portfolio PDF: compose, render, sign, check. Pure.

pub mod evidence;
