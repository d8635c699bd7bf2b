//! The thin HTTP face: one thread, one runtime, the desk behind it. It decides nothing but how an answer leaves.

use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use super::answer::{Delivery, Reply};
use super::courier::{Address, carry};
use super::desk::Desk;
use super::request::{File, Method, Request};

/// The most bytes of a request's body.
const BODY_BYTES_MAX: usize = 1 << 20;

/// The same of an upload: more than the largest file, so that it is the platform that refuses a larger one.
const UPLOAD_BYTES_MAX: usize = 32 << 20;

/// How long to wait after the system could not give a connection (too many open files), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Serves until `stop` is sent or dropped. Runs on a thread of its own; `listener` must not block.
pub fn serve(
    listener: TcpListener,
    desk: Desk,
    latency: Duration,
    listens: Option<Address>,
    stop: oneshot::Receiver<Infallible>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let desk = Rc::new(RefCell::new(desk));
    let face = Rc::new(Face { desk: Rc::clone(&desk), latency });
    LocalSet::new().block_on(&runtime, async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::task::spawn_local(accept(listener, face));
        if let Some(address) = listens {
            tokio::task::spawn_local(carry(desk, address));
        }
        // Whether it was sent or dropped does not matter.
        let _ = stop.await;
        Ok(())
    })
}

async fn accept(listener: tokio::net::TcpListener, face: Rc<Face>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Without this small answers wait for the acknowledgement of the one before. It only fails on a connection
        // that is gone already.
        let _ = stream.set_nodelay(true);
        let face = Rc::clone(&face);
        tokio::task::spawn_local(async move {
            let service = service_fn(|request| face.answer(request));
            // An error is a caller that went away, or an answer that was to be cut short or left out.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer")]
struct Closed;

struct Face {
    desk: Rc<RefCell<Desk>>,
    latency: Duration,
}

impl Face {
    async fn answer(&self, request: hyper::Request<Incoming>) -> Result<hyper::Response<Answer>, Closed> {
        let (head, body) = request.into_parts();
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or(""));
        if path == "/" || path.starts_with("/_sandbox/") {
            return self.about(path);
        }
        let boundary = head.headers.get(CONTENT_TYPE).and_then(|kind| multer::parse_boundary(kind.to_str().ok()?).ok());
        let body_max = if boundary.is_some() { UPLOAD_BYTES_MAX } else { BODY_BYTES_MAX };
        let body = Limited::new(body, body_max).collect().await.map_err(|_| Closed)?.to_bytes();
        let arrived = Instant::now();
        let method = Method::from_name(head.method.as_str());
        let request = match boundary {
            Some(boundary) => Request::with_file(method, path, query, file(body, boundary).await),
            None => Request::new(method, path, query, &body),
        };
        // The state file failed: what was not written was not done, and is not answered.
        let reply = self.desk.borrow_mut().answer(&request, arrived).map_err(|_| Closed)?;
        if !self.latency.is_zero() {
            tokio::time::sleep_until((arrived + self.latency).into()).await;
        }
        response(reply)
    }

    fn about(&self, path: &str) -> Result<hyper::Response<Answer>, Closed> {
        let page = self.desk.borrow_mut().about(path).map_err(|_| Closed)?;
        let Some((content_type, text)) = page else { return response(Reply::gateway(404, "Not Found")) };
        let response = hyper::Response::builder().header(CONTENT_TYPE, content_type);
        response.body(Answer::Whole(Full::new(text.into()))).map_err(|_| Closed)
    }
}

/// The file in the field `media` of a form; what is no whole form has none.
async fn file(body: Bytes, boundary: String) -> Option<File> {
    let mut form = multer::Multipart::new(Full::new(body).into_data_stream(), boundary);
    while let Some(field) = form.next_field().await.ok()? {
        if field.name() == Some("media") {
            return Some(File { bytes: field.bytes().await.ok()?.to_vec() });
        }
    }
    None
}

fn response(reply: Reply) -> Result<hyper::Response<Answer>, Closed> {
    let bytes = Bytes::from(reply.body);
    let response = hyper::Response::builder().status(reply.status).header(CONTENT_TYPE, reply.content_type);
    let response = match reply.delivery {
        Delivery::Nothing => return Err(Closed),
        Delivery::Whole => response.body(Answer::Whole(Full::new(bytes))),
        Delivery::Cut => {
            let half = bytes.slice(..bytes.len() / 2);
            response.header(CONTENT_LENGTH, bytes.len()).body(Answer::Cut(Some(half), false))
        }
    };
    response.map_err(|_| Closed)
}

/// An answer's body.
enum Answer {
    /// All of it.
    Whole(Full<Bytes>),
    /// The part that arrives, and whether it had time to leave.
    Cut(Option<Bytes>, bool),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Cut(part @ Some(_), _) => Poll::Ready(part.take().map(|part| Ok(Frame::data(part)))),
            // Between the part and the end the connection gets one chance to write what it has.
            Self::Cut(None, left @ false) => {
                *left = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Cut(None, true) => Poll::Ready(Some(Err(Closed))),
        }
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Cut(..) => hyper::body::SizeHint::default(),
        }
    }
}
