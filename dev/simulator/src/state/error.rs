//! SalesIQ's own errors, by the codes of api.md 1.4.

use serde_json::{Value, json};

/// Where in the request the error is: at most one of the three is given (api.md 1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Nowhere,
    JsonKey(String),
    Param(String),
    Header(&'static str),
}

/// An error that SalesIQ would answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: u16,
    pub(crate) place: Place,
}

pub(crate) const INTERNAL: u16 = 1001;
pub(crate) const NO_AUTHORIZATION: u16 = 1002;
pub(crate) const WRONG_PORTAL: u16 = 1005;
pub(crate) const INVALID_URL: u16 = 1006;
pub(crate) const INVALID_TYPE: u16 = 1007;
pub(crate) const INVALID_TOKEN: u16 = 1008;
pub(crate) const INVALID_SCOPE: u16 = 1009;
pub(crate) const WRONG_PARAM: u16 = 1011;
pub(crate) const WRONG_BODY: u16 = 1015;
pub(crate) const NOT_PERMITTED: u16 = 1016;
pub(crate) const LIMIT_REACHED: u16 = 1017;
pub(crate) const EMPTY_FILE: u16 = 1018;
pub(crate) const UNKNOWN_RESOURCE: u16 = 1019;
pub(crate) const INVALID_OPERATOR: u16 = 1020;
pub(crate) const THROTTLED: u16 = 1023;
pub(crate) const INVALID_OPERATORS: u16 = 1024;
pub(crate) const INVALID_DEPARTMENTS: u16 = 1025;
pub(crate) const FILE_TOO_LARGE: u16 = 1027;
pub(crate) const INVALID_FILTER: u16 = 1029;
pub(crate) const WRONG_METHOD: u16 = 1004;

impl ApiError {
    pub(crate) fn new(code: u16) -> Self {
        Self { code, place: Place::Nowhere }
    }

    pub(crate) fn at_key(code: u16, json_key: &str) -> Self {
        Self { code, place: Place::JsonKey(json_key.to_owned()) }
    }

    pub(crate) fn at_param(code: u16, param: &str) -> Self {
        Self { code, place: Place::Param(param.to_owned()) }
    }

    /// The wrong content type: the one header SalesIQ checks.
    pub(crate) fn content_type() -> Self {
        Self { code: 1054, place: Place::Header("content-type") }
    }

    /// The documented text of the code.
    pub(crate) fn message(&self) -> &'static str {
        match self.code {
            1001 => "Unknown authentication error. Contact SalesIQ Team!",
            1002 => "Invalid authorization header.",
            1004 => "Invalid Request Type.",
            1005 => "Invalid portal or wrong screen name.",
            1006 => "Invalid URL",
            1007 => "Invalid datatypes found in params",
            1008 => "Invalid OAuthToken.",
            1009 => "Invalid OAuthScope.",
            1010 => "Invalid Method.",
            1011 => "Either the request parameters are invalid or absent",
            1014 => "Resource already exists",
            1015 => "Either the input stream is invalid or absent",
            1016 => "Operator doesn't have permission to perform the operation",
            1017 => "Resource limit reached for current plan",
            1018 => "File is empty",
            1019 => "Invalid Resource",
            1020 => "Invalid operator",
            1021 => "Operation is not available in the current plan",
            1023 => "Too many requests, please try after sometime",
            1024 => "Invalid Operator id/s",
            1025 => "Invalid Department IDs",
            1026 => "Last available resource",
            1027 => "File size is greater than the allowed size",
            1028 => "Invalid file type",
            1029 => "Invalid Filter",
            1031 => "Insufficient data",
            1054 => "Invalid header value",
            _ => "Invalid request",
        }
    }

    /// The status when SalesIQ doesn't answer errors with 200 (api.md 1.3, 7.3: seen, not documented).
    pub(crate) fn real_status(&self) -> u16 {
        match self.code {
            INTERNAL => 500,
            NO_AUTHORIZATION | INVALID_TOKEN => 401,
            INVALID_SCOPE | NOT_PERMITTED => 403,
            INVALID_URL | UNKNOWN_RESOURCE => 404,
            WRONG_METHOD => 405,
            THROTTLED => 429,
            _ => 400,
        }
    }

    /// The error as SalesIQ writes it.
    pub(crate) fn body(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message()});
        match &self.place {
            Place::Nowhere => {}
            Place::JsonKey(key) => error["json_key"] = json!(key),
            Place::Param(param) => error["param"] = json!(param),
            Place::Header(header) => error["header"] = json!(header),
        }
        json!({ "error": error })
    }
}
