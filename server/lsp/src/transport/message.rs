//! From a frame's body to a message, or to the error that answers it (JSON-RPC 2.0, sections 4 and 5.1).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};

/// A well-formed message from the client. Its parameters are not looked at yet.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    /// Expects one answer.
    Request { id: Id, method: Cow<'a, str>, params: Option<&'a RawValue> },
    /// Expects none.
    Notification { method: Cow<'a, str>, params: Option<&'a RawValue> },
    /// The answer to a request of ours.
    Response(Response),
}

/// A message that cannot be passed on, and what answers it.
#[derive(Debug)]
pub(crate) struct Rejected(pub(crate) Response);

/// The outer shape of every message.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

/// Keeps `null` apart from nothing: `"result": null` is a result.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads the outer shape of `body`.
///
/// # Errors
/// Returns the answer to a body that is no message: -32700 where it is no JSON, -32600 where it is no object of
/// JSON-RPC. Its id is null where none could be read.
pub(crate) fn parse(body: &[u8]) -> Result<Message<'_>, Rejected> {
    let text = std::str::from_utf8(body)
        .map_err(|error| reject(ErrorCode::ParseError, format!("the message is no UTF-8: {error}")))?;
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| {
        let kind = if error.is_data() { ErrorCode::InvalidRequest } else { ErrorCode::ParseError };
        let hint = if text.trim_start().starts_with('[') { "; batches are not part of LSP" } else { "" };
        reject(kind, format!("expected a JSON-RPC object: {error}{hint}"))
    })?;
    let id = match envelope.id {
        None => None,
        Some(raw) => match serde_json::from_str::<Id>(raw.get()) {
            Ok(id) => Some(id),
            Err(_) => {
                return Err(reject(ErrorCode::InvalidRequest, "an id has to be a number or a string".into()));
            }
        },
    };
    match (envelope.method, id) {
        (Some(method), Some(id)) => Ok(Message::Request { id, method, params: envelope.params }),
        (Some(method), None) => Ok(Message::Notification { method, params: envelope.params }),
        (None, Some(_)) if envelope.result.is_some() || envelope.error.is_some() => {
            serde_json::from_str(text)
                .map(Message::Response)
                .map_err(|error| reject(ErrorCode::InvalidRequest, format!("no valid response: {error}")))
        }
        // A response to nothing (its id is null) needs no answer, but is no request either.
        (None, id) => {
            let error =
                error(ErrorCode::InvalidRequest, "a message needs a method, or an id with a result".into());
            Err(Rejected(Response::from_error(id.unwrap_or(Id::Null), error)))
        }
    }
}

/// Builds the framework's request from a message.
///
/// # Errors
/// Returns the answer where the parameters cannot be read, such as JSON nested thousands of levels deep.
pub(crate) fn to_request(
    method: Cow<'_, str>,
    id: Option<Id>,
    params: Option<&RawValue>,
) -> Result<Request, Option<Rejected>> {
    let mut request = Request::build(method.into_owned());
    if let Some(raw) = params {
        match serde_json::from_str::<serde_json::Value>(raw.get()) {
            // `params: null` means no parameters, as several clients send it with `shutdown`.
            Ok(serde_json::Value::Null) => {}
            Ok(value) => request = request.params(value),
            Err(problem) => {
                let error = error(ErrorCode::ParseError, format!("the parameters cannot be read: {problem}"));
                return Err(id.map(|id| Rejected(Response::from_error(id, error))));
            }
        }
    }
    if let Some(id) = id {
        request = request.id(id);
    }
    Ok(request.finish())
}

fn reject(code: ErrorCode, message: String) -> Rejected {
    Rejected(Response::from_error(Id::Null, error(code, message)))
}

fn error(code: ErrorCode, message: String) -> Error {
    Error { code, message: message.into(), data: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &[u8]) -> String {
        match parse(body) {
            Ok(message) => format!("{message:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
            Err(Rejected(response)) => {
                let (id, result) = response.into_parts();
                format!("{} to {id}", result.unwrap_err().code.code())
            }
        }
    }

    #[test]
    fn well_formed_messages_pass_and_others_are_answered() {
        assert_eq!(answer(br#"{"jsonrpc":"2.0","id":1,"method":"m","params":{}}"#), "Request");
        assert_eq!(answer(br#"{"jsonrpc":"2.0","method":"m"}"#), "Notification");
        assert_eq!(answer(br#"{"jsonrpc":"2.0","id":1,"result":null}"#), "Response");
        assert_eq!(answer(br#"{"jsonrpc":"2.0","id":1,"#), "-32700 to null");
        assert_eq!(answer(b"{\"method\":\"\xff\"}"), "-32700 to null");
        assert_eq!(answer(br#"[{"jsonrpc":"2.0","id":1,"method":"m"}]"#), "-32600 to null");
        assert_eq!(answer(br#"{"jsonrpc":"2.0","id":7}"#), "-32600 to 7");
        assert_eq!(answer(br#"{"id":{},"method":"m"}"#), "-32600 to null");
        assert_eq!(answer(b"5"), "-32600 to null");
    }

    #[test]
    fn deep_parameters_are_answered_with_their_id() {
        let deep =
            format!(r#"{{"id":9,"method":"m","params":{}{}}}"#, "[".repeat(50_000), "]".repeat(50_000));
        let Ok(Message::Request { id, method, params }) = parse(deep.as_bytes()) else {
            panic!("no request")
        };
        let Err(Some(Rejected(response))) = to_request(method, Some(id), params) else { panic!("accepted") };
        assert_eq!(response.id(), &Id::Number(9));
    }
}
