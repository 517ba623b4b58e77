package io.github.dynarestore.benchmarks;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/**
 * The least that a client in Java has to do with the SDK's signer: gunzip each object once, copy items of which it knows
 * beforehand where they lie, sign, send. It parses nothing, looks at no key and sends nothing twice.
 */
final class FloorRestore {

    private static final int IN_FLIGHT = 64;
    private static final String IMAGE = "\"NewImage\":";
    private static final String AFTER_IMAGE = ",\"OldImage\":";
    private static final byte[] NOTHING_LEFT = "{\"UnprocessedItems\":{}}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] BEFORE_ITEM = "{\"PutRequest\":{\"Item\":".getBytes(StandardCharsets.UTF_8);
    private static final byte[] AFTER_ITEM = "}}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] END = "]}}".getBytes(StandardCharsets.UTF_8);

    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final AwsCredentialsIdentity credentials = AwsCredentialsIdentity.create("fake", "fake");
    private final Semaphore slots = new Semaphore(IN_FLIGHT);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final FloorHttp http;
    private final BackupObjects backup;
    private final SdkHttpRequest request;
    private final byte[] begin;
    private final List<CutObject> objects = new ArrayList<>();

    /** An object and where its items begin and end once it is decompressed, in turn. */
    private record CutObject(String name, int bytes, int[] edges) {}

    /** Cuts the objects beforehand. */
    FloorRestore(FloorHttp http, URI endpoint, String table, BackupObjects backup) throws IOException {
        this.http = http;
        this.backup = backup;
        begin = ("{\"RequestItems\":{\"" + table + "\":[").getBytes(StandardCharsets.UTF_8);
        request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .uri(endpoint)
                .encodedPath("/")
                .putHeader("X-Amz-Target", "DynamoDB_20120810.BatchWriteItem")
                .putHeader("Content-Type", "application/x-amz-json-1.0")
                .build();
        for (String name : backup.names()) {
            objects.add(cut(name));
        }
    }

    private CutObject cut(String name) throws IOException {
        String text;
        try (GZIPInputStream in = gunzip(name)) {
            // A character for each byte, so that places in the text are places in the bytes.
            text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
        List<Integer> edges = new ArrayList<>();
        for (int at = text.indexOf(IMAGE); at >= 0; at = text.indexOf(IMAGE, at)) {
            at += IMAGE.length();
            edges.add(at);
            edges.add(text.indexOf(AFTER_IMAGE, at));
        }
        return new CutObject(
                name, text.length(), edges.stream().mapToInt(edge -> edge).toArray());
    }

    private GZIPInputStream gunzip(String name) throws IOException {
        return new GZIPInputStream(backup.open(name), 65_536);
    }

    long run() throws IOException, InterruptedException {
        byte[] bytes =
                new byte[objects.stream().mapToInt(CutObject::bytes).max().orElse(0)];
        long items = 0;
        for (CutObject object : objects) {
            try (GZIPInputStream in = gunzip(object.name())) {
                if (in.readNBytes(bytes, 0, object.bytes()) < object.bytes()) {
                    throw new IOException(object.name() + " ends early");
                }
            }
            int[] edges = object.edges();
            for (int from = 0; from < edges.length; from += 50) {
                send(body(bytes, edges, from, Math.min(edges.length, from + 50)));
            }
            items += edges.length / 2;
        }
        slots.acquire(IN_FLIGHT);
        slots.release(IN_FLIGHT);
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException("a batch was not written", failed);
        }
        return items;
    }

    /** Bytes of the bodies of all requests of a run. */
    long bodyBytes() {
        long sum = 0;
        for (CutObject object : objects) {
            int[] edges = object.edges();
            for (int from = 0; from < edges.length; from += 50) {
                sum += bodyLength(edges, from, Math.min(edges.length, from + 50));
            }
        }
        return sum;
    }

    private int bodyLength(int[] edges, int from, int to) {
        int length = begin.length + END.length + (to - from) / 2 * (BEFORE_ITEM.length + AFTER_ITEM.length + 1) - 1;
        for (int i = from; i < to; i += 2) {
            length += edges[i + 1] - edges[i];
        }
        return length;
    }

    private byte[] body(byte[] bytes, int[] edges, int from, int to) {
        ByteBuffer body = ByteBuffer.allocate(bodyLength(edges, from, to)).put(begin);
        for (int i = from; i < to; i += 2) {
            if (i > from) {
                body.put((byte) ',');
            }
            body.put(BEFORE_ITEM).put(bytes, edges[i], edges[i + 1] - edges[i]).put(AFTER_ITEM);
        }
        return body.put(END).array();
    }

    private void send(byte[] body) throws InterruptedException {
        slots.acquire();
        SdkHttpRequest sized = request.toBuilder()
                .putHeader("Content-Length", String.valueOf(body.length))
                .build();
        SdkHttpRequest signed = signer.sign(sign -> sign.identity(credentials)
                        .request(sized)
                        .payload(() -> new ByteArrayInputStream(body))
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "dynamodb")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "us-east-1"))
                .request();
        var unused = http.post(signed, body).whenComplete((answer, failed) -> {
            if (failed != null || answer.status() != 200 || !Arrays.equals(answer.body(), NOTHING_LEFT)) {
                failure.compareAndSet(null, failed != null ? failed : new IOException(answer.toString()));
            }
            slots.release();
        });
    }
}
