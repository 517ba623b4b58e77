package io.github.dynarestore.integration;

import static io.github.dynarestore.testing.Fault.Ending.FIN;
import static io.github.dynarestore.testing.Fault.Ending.RST;
import static io.github.dynarestore.testing.Fault.Ending.SILENCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.spi.DeadLetterSink;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.ProxiedRequest;
import io.github.dynarestore.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Every fault of DynamoDB (D) and of S3 (S) that a restore can meet, made on the wire between real clients and real
 * servers, with what has to come of it: the very table that the oracle says, or a typed error that says why. In no case may
 * two values be sent for one key.
 */
@Execution(ExecutionMode.CONCURRENT)
class WireFaultsTest {

    private static final History HISTORY = new History(TableShape.NN, 77).live(300, 90);
    private static final Map<String, Map<String, Object>> STATE =
            HISTORY.itemsAt(Instant.ofEpochSecond(HISTORY.lastSecond()));
    private static final String LOCATION = Fixture.backup(HISTORY.deliver(4, 0.1));
    private static final String ONE_OBJECT = "/orders-1-2";
    private static final String DYNAMO = "com.amazonaws.dynamodb.v20120810#";
    private static final String CORAL = "com.amazon.coral.service#";
    private static final JsonFactory JSON = new JsonFactory();

    /** What has to come of a fault. */
    private sealed interface Outcome {}

    /** The table is as the oracle says, and the report looks so. */
    private record Restored(Consumer<RestoreReport> look) implements Outcome {}

    /** The restore ends with this error, whose message and hint hold these words. */
    private record Fails(RestoreErrorCode code, String... words) implements Outcome {}

    /** All is restored but for what DynamoDB would not take, which is kept as dead letters for this reason. */
    private record AllBut(String reason) implements Outcome {}

    /**
     * A fault.
     *
     * @param id as in the catalogue
     * @param s3 what happens to requests to S3
     * @param dynamoDb what happens to requests to DynamoDB
     * @param location the backup
     */
    private record Case(
            String id,
            String what,
            FaultRule s3,
            FaultRule dynamoDb,
            UnaryOperator<RestorePlan.Builder> plan,
            String location,
            Outcome outcome) {

        @Override
        public String toString() {
            return id + " " + what;
        }
    }

    private static Case writes(String id, String what, FaultRule rule, Outcome outcome) {
        return new Case(
                id,
                what,
                FaultRule.pass(),
                rule.onlyForOperation("BatchWriteItem"),
                UnaryOperator.identity(),
                LOCATION,
                outcome);
    }

    private static Case impatient(Case given) {
        return new Case(
                given.id(),
                given.what(),
                given.s3(),
                given.dynamoDb(),
                plan -> plan.patience(Duration.ofSeconds(2)),
                given.location(),
                given.outcome());
    }

    private static Case reads(String id, String what, FaultRule rule, Outcome outcome) {
        return new Case(
                id,
                what,
                rule.onlyFor(request -> request.path().contains("/orders-1-")),
                FaultRule.pass(),
                UnaryOperator.identity(),
                LOCATION,
                outcome);
    }

    private static Case lists(String id, String what, FaultRule rule, Outcome outcome) {
        return new Case(
                id,
                what,
                rule.onlyFor(request -> request.path().contains("list-type=2")),
                FaultRule.pass(),
                UnaryOperator.identity(),
                LOCATION,
                outcome);
    }

    private static Outcome restored() {
        return new Restored(report -> {});
    }

    private static Outcome resent() {
        return new Restored(report -> assertThat(report.writes().resent()).isPositive());
    }

    private static Outcome throttled() {
        return new Restored(report -> assertThat(report.writes().throttled()).isPositive());
    }

    private static Fault dynamo(String type) {
        return DynamoDbFaults.error(DYNAMO + type, "injected");
    }

    private static Fault coral(String type) {
        return DynamoDbFaults.error(CORAL + type, "injected");
    }

    private static Fault throttledFor(String type, String reason) {
        return Fault.reply(HttpReply.json(
                400,
                "{\"__type\":\"" + DYNAMO + type + "\",\"message\":\"injected\",\"throttlingReasons\":[{\"reason\":\""
                        + reason + "\",\"resource\":\"arn:aws:dynamodb:us-east-1:000000000000:table/t\"}]}"));
    }

    private static Fault html(int status) {
        return Fault.replyAfterForwarding(HttpReply.json(status, "<html><body>Service unavailable</body></html>"));
    }

    private static FaultRule only(Predicate<ProxiedRequest> condition, Fault fault) {
        return FaultRule.always(fault).onlyFor(condition);
    }

    private static Predicate<ProxiedRequest> one() {
        return request -> request.path().contains(ONE_OBJECT);
    }

    private static Fault s3(int status, String code) {
        return Fault.reply(HttpReply.s3Error(status, code));
    }

    private static Fault rewritten(UnaryOperator<HttpReply> change) {
        return Fault.rewrite((request, upstream) -> change.apply(upstream.forward(request)));
    }

    private static FaultRule describedAs(UnaryOperator<String> change) {
        return FaultRule.always(rewritten(
                        reply -> reply.withBody(change.apply(new String(reply.body(), StandardCharsets.UTF_8))
                                .getBytes(StandardCharsets.UTF_8))))
                .onlyForOperation("DescribeTable");
    }

    private static Case described(String id, String what, FaultRule rule, Outcome outcome) {
        return new Case(id, what, FaultRule.pass(), rule, UnaryOperator.identity(), LOCATION, outcome);
    }

    /** An attribute of one item that is restored, as it stands in a request, and nowhere else. */
    private static final String ONE_ITEM = "\"version\":{\"N\":\""
            + STATE.values().iterator().next().get("version").toString().replaceFirst("^N ", "") + "\"}";

    private static final Pattern KEY = Pattern.compile("\"[ps]k\":\\{\"N\":\"[^\"]*\"}");

    private static Stream<Case> ofDynamoDb() {
        return Stream.of(
                writes(
                        "D1",
                        "a part unprocessed",
                        FaultRule.sometimes(0.5, 1, DynamoDbFaults.unprocessed(0.5, 2)),
                        throttled()),
                writes("D2", "all unprocessed", FaultRule.first(3, DynamoDbFaults.unprocessed(1, 3)), throttled()),
                writes(
                        "D2",
                        "refused for want of throughput",
                        FaultRule.first(3, DynamoDbFaults.throttle()),
                        throttled()),
                impatient(writes(
                        "D2",
                        "throttled for ever",
                        FaultRule.always(DynamoDbFaults.throttle()),
                        new Fails(RestoreErrorCode.WRITES_STALLED, "throttles"))),
                writes(
                        "D3",
                        "ThrottlingException of a key range",
                        FaultRule.first(2, throttledFor("ThrottlingException", "TableWriteKeyRangeThroughputExceeded")),
                        throttled()),
                writes(
                        "D3",
                        "ThrottlingException of an index",
                        FaultRule.first(
                                2, throttledFor("ThrottlingException", "IndexWriteProvisionedThroughputExceeded")),
                        throttled()),
                writes(
                        "D3",
                        "RequestLimitExceeded of the account",
                        FaultRule.first(1, throttledFor("RequestLimitExceeded", "TableWriteAccountLimitExceeded")),
                        throttled()),
                writes("D4", "500", FaultRule.first(3, DynamoDbFaults.internalServerError()), resent()),
                writes(
                        "D4",
                        "500 after the write",
                        FaultRule.first(3, DynamoDbFaults.internalServerErrorAfterWriting()),
                        resent()),
                writes("D4", "503 with HTML", FaultRule.first(3, html(503)), resent()),
                writes("D5", "answer cut off", FaultRule.first(3, Fault.cutBody(10, FIN)), resent()),
                writes("D5", "answer reset", FaultRule.first(3, Fault.cutBody(10, RST)), resent()),
                writes("D5", "no answer, closed", FaultRule.first(3, Fault.closeAfterForwarding()), resent()),
                writes("D5", "no answer, reset", FaultRule.first(3, Fault.resetAfterForwarding()), resent()),
                writes("D6", "200 with HTML", FaultRule.first(3, html(200)), resent()),
                impatient(writes(
                        "D6",
                        "200 with HTML for ever",
                        FaultRule.always(html(200)),
                        new Fails(RestoreErrorCode.WRITES_STALLED, "no usable answer"))),
                writes("D7", "200 with nothing", FaultRule.first(3, Fault.reply(HttpReply.json(200, ""))), resent()),
                writes(
                        "D8",
                        "checksum that does not fit",
                        FaultRule.first(3, rewritten(reply -> reply.withHeader("x-amz-crc32", "1"))),
                        resent()),
                writes("D9", "silence", FaultRule.first(1, Fault.hang()), resent()),
                writes(
                        "D10",
                        "ValidationException for one item",
                        only(request -> request.bodyText().contains(ONE_ITEM), dynamo("ValidationException")),
                        new AllBut("write.validation")),
                writes(
                        "D10",
                        "ValidationException for one item, which nobody keeps",
                        only(request -> request.bodyText().contains(ONE_ITEM), dynamo("ValidationException")),
                        new Fails(RestoreErrorCode.BAD_RECORDS, "refused by DynamoDB", "kept nowhere")),
                writes(
                        "D11",
                        "item collection too big",
                        only(
                                request -> request.bodyText().contains(ONE_ITEM),
                                dynamo("ItemCollectionSizeLimitExceededException")),
                        new AllBut("write.item-collection-size")),
                writes(
                        "D12",
                        "table gone while writing",
                        FaultRule.always(dynamo("ResourceNotFoundException")),
                        new Fails(RestoreErrorCode.TARGET_MISSING, "is gone")),
                described(
                        "D12",
                        "no table",
                        FaultRule.always(dynamo("ResourceNotFoundException")).onlyForOperation("DescribeTable"),
                        new Fails(RestoreErrorCode.TARGET_MISSING, "does not exist")),
                described(
                        "D13",
                        "table CREATING for a while",
                        FaultRule.first(
                                        2,
                                        rewritten(reply -> reply.withBody(new String(
                                                        reply.body(), StandardCharsets.UTF_8)
                                                .replace("\"TableStatus\":\"ACTIVE\"", "\"TableStatus\":\"CREATING\"")
                                                .getBytes(StandardCharsets.UTF_8))))
                                .onlyForOperation("DescribeTable"),
                        restored()),
                described(
                        "D14",
                        "table UPDATING",
                        describedAs(
                                table -> table.replace("\"TableStatus\":\"ACTIVE\"", "\"TableStatus\":\"UPDATING\"")),
                        restored()),
                writes(
                        "D15",
                        "LimitExceededException",
                        FaultRule.first(2, dynamo("LimitExceededException")),
                        throttled()),
                writes(
                        "D16",
                        "AccessDeniedException",
                        FaultRule.always(coral("AccessDeniedException")),
                        new Fails(RestoreErrorCode.ACCESS_DENIED, "dynamodb:BatchWriteItem")),
                writes(
                        "D17",
                        "credentials expired for a while",
                        FaultRule.first(2, coral("ExpiredTokenException")),
                        restored()),
                impatient(writes(
                        "D17",
                        "credentials expired for ever",
                        FaultRule.always(coral("ExpiredTokenException")),
                        new Fails(RestoreErrorCode.ACCESS_DENIED, "ExpiredToken"))),
                writes(
                        "D18",
                        "signature refused",
                        FaultRule.always(coral("InvalidSignatureException")),
                        new Fails(RestoreErrorCode.ACCESS_DENIED, "InvalidSignature")),
                writes(
                        "D20",
                        "connection closed by the service",
                        FaultRule.first(5, Fault.closeBeforeForwarding()),
                        resent()),
                writes(
                        "D20",
                        "connection reset by the service",
                        FaultRule.first(5, Fault.resetBeforeForwarding()),
                        resent()),
                writes(
                        "D21",
                        "TransactionInProgressException",
                        FaultRule.first(3, dynamo("TransactionInProgressException")),
                        resent()),
                writes(
                        "D22",
                        "413",
                        only(request -> request.bodyText().contains(ONE_ITEM), Fault.reply(HttpReply.json(413, "{}"))),
                        new AllBut("write.validation")));
    }

    private static Stream<Case> ofS3() {
        return Stream.of(
                reads("S1", "body cut off", FaultRule.first(3, Fault.cutBody(500, FIN)), restored()),
                reads("S2", "body reset", FaultRule.first(3, Fault.cutBody(500, RST)), restored()),
                reads("S3", "body stalls", FaultRule.first(2, Fault.cutBody(500, SILENCE)), restored()),
                reads("S4", "no length, cut off", FaultRule.first(3, Fault.unmeasured(500)), restored()),
                reads("S5", "one bit wrong", FaultRule.first(2, Fault.flipByte(300)), restored()),
                reads(
                        "S5",
                        "one bit wrong for ever",
                        only(one(), Fault.flipByte(300)),
                        new Fails(RestoreErrorCode.BAD_RECORDS, "cannot be used")),
                reads(
                        "S7",
                        "MD5 at the end that does not fit",
                        FaultRule.first(2, rewritten(WireFaultsTest::withWrongMd5Behind)),
                        restored()),
                reads("S8", "503 SlowDown", FaultRule.first(5, s3(503, "SlowDown")), restored()),
                reads("S9", "500 InternalError", FaultRule.first(5, s3(500, "InternalError")), restored()),
                reads("S9", "400 RequestTimeout", FaultRule.first(3, s3(400, "RequestTimeout")), restored()),
                reads(
                        "S10",
                        "deleted since it was listed",
                        only(one(), s3(404, "NoSuchKey")),
                        new Fails(RestoreErrorCode.SOURCE_CHANGED, ONE_OBJECT, "was deleted")),
                reads(
                        "S11",
                        "written anew since it was listed",
                        only(one(), s3(412, "PreconditionFailed")),
                        new Fails(RestoreErrorCode.SOURCE_CHANGED, ONE_OBJECT, "was written anew")),
                reads(
                        "S12",
                        "access denied for one object",
                        only(one(), s3(403, "AccessDenied")),
                        new Fails(RestoreErrorCode.ACCESS_DENIED, ONE_OBJECT, "s3:GetObject")),
                reads(
                        "S13",
                        "key disabled",
                        only(one(), s3(400, "KMS.DisabledException")),
                        new Fails(RestoreErrorCode.ACCESS_DENIED, ONE_OBJECT, "KMS.DisabledException")),
                reads(
                        "S14",
                        "credentials expired for a while",
                        FaultRule.first(3, s3(400, "ExpiredToken")),
                        restored()),
                reads(
                        "S15",
                        "clock skewed for a while",
                        FaultRule.first(3, s3(403, "RequestTimeTooSkewed")),
                        restored()),
                reads(
                        "S16",
                        "archived",
                        only(one(), s3(403, "InvalidObjectState")),
                        new Fails(RestoreErrorCode.OBJECT_ARCHIVED, ONE_OBJECT)),
                lists(
                        "S16",
                        "listed in an archive class",
                        FaultRule.always(
                                rewritten(reply -> reply.withBody(new String(reply.body(), StandardCharsets.UTF_8)
                                        .replace("STANDARD", "GLACIER")
                                        .getBytes(StandardCharsets.UTF_8)))),
                        new Fails(RestoreErrorCode.OBJECT_ARCHIVED, "GLACIER")),
                reads(
                        "S17",
                        "another region, redirected",
                        FaultRule.always(Fault.reply(HttpReply.s3Error(301, "PermanentRedirect")
                                .withHeader("x-amz-bucket-region", "eu-west-3"))),
                        new Fails(RestoreErrorCode.SOURCE_UNREADABLE, "another region", "eu-west-3")),
                reads(
                        "S17",
                        "another region, refused",
                        FaultRule.always(Fault.reply(HttpReply.of(
                                400,
                                HttpReply.s3Error(400, "x").headers(),
                                "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region></Error>"
                                        .getBytes(StandardCharsets.UTF_8)))),
                        new Fails(RestoreErrorCode.SOURCE_UNREADABLE, "another region", "eu-west-3")),
                new Case(
                        "S18",
                        "another account's bucket",
                        only(
                                request -> request.headers()
                                        .first("x-amz-expected-bucket-owner")
                                        .orElse("")
                                        .equals("123456789012"),
                                s3(403, "AccessDenied")),
                        FaultRule.pass(),
                        plan -> plan.sourceOwner("123456789012"),
                        LOCATION,
                        new Fails(RestoreErrorCode.ACCESS_DENIED, "AccessDenied")),
                lists("S22", "listing fails for a while", FaultRule.first(3, s3(500, "InternalError")), restored()),
                lists("S22", "listing reset", FaultRule.first(3, Fault.resetAfterForwarding()), restored()));
    }

    /** What lies beside the objects of a backup, and objects that lie where they were not expected. */
    private static Stream<Case> ofListings() {
        return Stream.of(
                listed(
                        "S6",
                        "ETag that is no checksum",
                        List.of(),
                        (bucket, objects) -> uploadInParts(bucket, "backup/2024/03/01/00/orders-1-0", objects.get(0)),
                        report -> assertThat(report.history().notices())
                                .anySatisfy(notice -> assertThat(notice).contains("ETag of 1 object", "no checksum"))),
                listed(
                        "S19",
                        "markers, empty objects, checksums",
                        List.of(
                                "_SUCCESS",
                                "dir/",
                                "dir_$folder$",
                                "_started",
                                "orders.checksum",
                                ".orders.crc",
                                "empty"),
                        (bucket, objects) -> {},
                        report -> assertThat(report.objects().skippedByReason().values().stream()
                                        .mapToLong(Long::longValue)
                                        .sum())
                                .isEqualTo(7)),
                listed(
                        "S20",
                        "what Firehose could not deliver",
                        List.of(),
                        (bucket, objects) -> TestServers.s3()
                                .put(bucket, "backup/processing-failed/2024/03/01/00/orders-1-x", objects.get(0)),
                        report ->
                                assertThat(report.objects().skippedByReason()).containsEntry("processing-failed", 1L)),
                listed(
                        "S21",
                        "delivered a day late",
                        List.of(),
                        (bucket, objects) -> {
                            TestServers.s3().put(bucket, "backup/2024/03/02/20/orders-1-late", objects.get(0));
                            delete(bucket, "backup/2024/03/01/00/orders-1-0");
                        },
                        report -> {}),
                listed(
                        "S23",
                        "one object under two keys",
                        List.of(),
                        (bucket, objects) ->
                                TestServers.s3().put(bucket, "backup/2024/03/01/00/orders-1-again", objects.get(0)),
                        report -> assertThat(report.records().duplicate()).isGreaterThan(10)));
    }

    /** A change of a bucket that holds a backup. */
    @FunctionalInterface
    private interface Relaying {
        void relay(String bucket, List<byte[]> objects);
    }

    private static Case listed(
            String id, String what, List<String> empty, Relaying relaying, Consumer<RestoreReport> look) {
        List<byte[]> objects = HISTORY.deliver(4, 0);
        String location = Fixture.backup(objects);
        String bucket = URI.create(location).getHost();
        empty.forEach(name -> TestServers.s3().put(bucket, "backup/2024/03/01/00/" + name, new byte[0]));
        relaying.relay(bucket, objects);
        return new Case(
                id,
                what,
                FaultRule.pass(),
                FaultRule.pass(),
                plan -> plan.asOf(Instant.ofEpochSecond(HISTORY.lastSecond())),
                location,
                new Restored(look));
    }

    private static void delete(String bucket, String key) {
        Fixture.S3.deleteObject(request -> request.bucket(bucket).key(key)).join();
    }

    private static void uploadInParts(String bucket, String key, byte[] body) {
        String upload = Fixture.S3
                .createMultipartUpload(request -> request.bucket(bucket).key(key))
                .join()
                .uploadId();
        String etag = Fixture.S3
                .uploadPart(
                        request ->
                                request.bucket(bucket).key(key).uploadId(upload).partNumber(1),
                        AsyncRequestBody.fromBytes(body))
                .join()
                .eTag();
        Fixture.S3
                .completeMultipartUpload(request -> request.bucket(bucket)
                        .key(key)
                        .uploadId(upload)
                        .multipartUpload(
                                parts -> parts.parts(part -> part.partNumber(1).eTag(etag))))
                .join();
    }

    /** As S3 does when it is asked with {@code x-amz-te: append-md5}: sixteen bytes more, which the client checks. */
    private static HttpReply withWrongMd5Behind(HttpReply reply) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(reply.body());
        body.writeBytes(new byte[16]);
        return reply.withBody(body.toByteArray()).withHeader("x-amz-transfer-encoding", "append-md5");
    }

    @ParameterizedTest
    @MethodSource({"ofDynamoDb", "ofS3", "ofListings"})
    @Timeout(90)
    void restore_fault_losesNothingOrSaysWhy(Case given) {
        String table = Fixture.table(TableShape.NN);
        List<DeadLetter> kept = Collections.synchronizedList(new ArrayList<>());
        try (FaultProxy s3Proxy = FaultProxy.to(TestServers.s3().endpoint(), given.s3());
                FaultProxy dynamoDbProxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), given.dynamoDb());
                S3AsyncClient s3 = TestServers.s3()
                        .asyncClientBuilder()
                        .endpointOverride(s3Proxy.endpoint())
                        .httpClientBuilder(NettyNioAsyncHttpClient.builder().readTimeout(Duration.ofSeconds(1)))
                        .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                        .build();
                DynamoDbAsyncClient dynamoDb = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(dynamoDbProxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(s3)
                        .dynamoDb(dynamoDb)
                        .build()) {
            RestorePlan.Builder plan = Fixture.plan(given.location(), table);
            if (given.outcome() instanceof AllBut) {
                plan.badRecords(BadRecords.DEAD_LETTER).deadLetters(keeping(kept));
            }
            RestorePlan chosen = given.plan().apply(plan).build();

            if (given.outcome() instanceof Fails fails) {
                RestoreException failure = Fixture.failure(
                        () -> restores.start(chosen).completion().join());
                assertThat(failure.code()).as("%s", failure).isEqualTo(fails.code());
                assertThat(failure.getMessage() + " " + failure.hint()).contains(fails.words());
                assertThat(STATE).containsAllEntriesOf(Fixture.items(table));
            } else {
                RestoreReport report = restores.start(chosen).completion().join();
                assertThat(report.records().addsUp()).isTrue();
                look(given.outcome(), report, table, kept);
            }
            assertThat(valuesByKey(dynamoDbProxy))
                    .allSatisfy((key, values) ->
                            assertThat(values).as("values sent for %s", key).hasSize(1));
        }
        Fixture.drop(table);
    }

    /** D19: what has to wait for a connection must not be taken for an answer of DynamoDB. */
    @Test
    void restore_clientWithFewerConnectionsThanWrites_losesNothing() {
        String table = Fixture.table(TableShape.NN);
        try (DynamoDbAsyncClient narrow = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                                .maxConcurrency(1)
                                .maxPendingConnectionAcquires(1)
                                .connectionAcquisitionTimeout(Duration.ofSeconds(5)))
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        // Decorated, so that the batches are sent through it.
                        .dynamoDb(decorated(narrow))
                        .build()) {
            RestoreReport report = restores.start(
                            Fixture.plan(LOCATION, table).writesInFlight(8).build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).isEqualTo(STATE);
            assertThat(report.writes().puts()).isEqualTo(STATE.size());
        }
        Fixture.drop(table);
    }

    private static DynamoDbAsyncClient decorated(DynamoDbAsyncClient client) {
        return (DynamoDbAsyncClient) Proxy.newProxyInstance(
                WireFaultsTest.class.getClassLoader(),
                new Class<?>[] {DynamoDbAsyncClient.class},
                (proxy, method, arguments) -> {
                    try {
                        return method.invoke(client, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static DeadLetterSink keeping(List<DeadLetter> kept) {
        return new DeadLetterSink() {
            @Override
            public void accept(DeadLetter letter) {
                kept.add(letter);
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
    }

    private static void look(Outcome outcome, RestoreReport report, String table, List<DeadLetter> kept) {
        if (outcome instanceof Restored restored) {
            assertThat(Fixture.items(table)).isEqualTo(STATE);
            assertThat(report.writes().puts()).isEqualTo(STATE.size());
            assertThat(report.records().deadLettered()).isZero();
            restored.look().accept(report);
        } else if (outcome instanceof AllBut but) {
            assertThat(kept).allSatisfy(letter -> assertThat(letter.reason()).isEqualTo(but.reason()));
            assertThat(kept).hasSizeBetween(1, 2);
            assertThat(Fixture.items(table)).hasSize(STATE.size() - kept.size());
            assertThat(STATE).containsAllEntriesOf(Fixture.items(table));
            assertThat(report.records().deadLettered()).isEqualTo(kept.size());
        }
    }

    /** What was sent for each key in the whole run, every attempt looked at. */
    private static Map<String, Set<String>> valuesByKey(FaultProxy proxy) {
        Map<String, Set<String>> values = new HashMap<>();
        for (ProxiedRequest request :
                proxy.requests(sent -> sent.operation().equals("BatchWriteItem") && !sent.isTrial())) {
            assertThat(request.body().length).isLessThanOrEqualTo(4 << 20);
            List<String> items = items(request.body());
            assertThat(items).hasSizeLessThanOrEqualTo(25);
            Set<String> keys = new HashSet<>();
            for (String item : items) {
                String key = KEY.matcher(item)
                        .results()
                        .map(MatchResult::group)
                        .sorted()
                        .toList()
                        .toString();
                assertThat(keys.add(key)).as("a key twice in a batch: %s", key).isTrue();
                values.computeIfAbsent(key, any -> new HashSet<>()).add(item);
            }
        }
        return values;
    }

    private static List<String> items(byte[] body) {
        List<String> items = new ArrayList<>();
        try (JsonParser json = JSON.createParser(body)) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.FIELD_NAME
                        && (json.currentName().equals("Item")
                                || json.currentName().equals("Key"))) {
                    json.nextToken();
                    long from = json.currentTokenLocation().getByteOffset();
                    json.skipChildren();
                    long until = json.currentLocation().getByteOffset();
                    items.add(new String(body, (int) from, (int) (until - from), StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return items;
    }
}
