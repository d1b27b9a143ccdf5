//! Mail: by SMTP, or remembered.
