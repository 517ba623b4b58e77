package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.plan.TrialCalls;
import io.github.dynarestore.internal.plan.TrialCalls.Call;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** Calls that are tried and do nothing, on DynamoDB Local and on a proxy that stands in for IAM. */
class TrialCallsTest {

    private final FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint());
    private final DynamoDbAsyncClient client = TestServers.dynamoDb()
            .asyncClientBuilder()
            .endpointOverride(proxy.endpoint())
            .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
            .build();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Map<Call, String> answers = Collections.synchronizedMap(new LinkedHashMap<>());

    @AfterEach
    void close() {
        timer.shutdownNow();
        client.close();
        proxy.close();
    }

    private TrialCalls on(String table, String keyName, TableShape shape) {
        CreateTableRequest create = shape.create(table);
        return new TrialCalls(client, table, keyName, create, timer);
    }

    private TableDescription description(String table) {
        return Fixture.DYNAMO_DB
                .describeTable(request -> request.tableName(table))
                .join()
                .table();
    }

    private void keepAnswers(Call call) {
        proxy.rule(FaultRule.always(Fault.rewrite((request, server) -> {
            HttpReply reply = server.forward(request);
            answers.put(call, reply.status() + " " + new String(reply.body(), StandardCharsets.UTF_8));
            return reply;
        })));
    }

    @ParameterizedTest
    @EnumSource
    void denial_ofEachCall_isRefusedByDynamoDbItselfAndDoesNothing(TableShape shape) {
        String table = Fixture.table(shape);
        String keyName = description(table).keySchema().get(0).attributeName();
        TableDescription before = description(table);

        for (String name : List.of(keyName, "no-key")) {
            for (Call call : Call.values()) {
                keepAnswers(call);
                assertThat(on(table, name, shape).denial(call).join()).isEmpty();
            }
            // What is known of neither time to live nor point-in-time recovery is an unknown operation to DynamoDB
            // Local.
            assertThat(answers)
                    .hasSize(Call.values().length)
                    .allSatisfy(
                            (call, answer) -> assertThat(answer).as("%s", call).startsWith("400 "));
        }

        assertThat(Fixture.items(table)).isEmpty();
        assertThat(description(table)).isEqualTo(before);
        assertThat(Fixture.DYNAMO_DB
                        .describeTimeToLive(request -> request.tableName(table))
                        .join()
                        .timeToLiveDescription()
                        .timeToLiveStatusAsString())
                .isEqualTo("DISABLED");
    }

    @Test
    void denial_ofATableThatIsNotThere_createsNone() {
        for (Call call : Call.values()) {
            assertThat(on("no-table-for-trials", "pk", TableShape.S)
                            .denial(call)
                            .join())
                    .as("%s", call)
                    .isEmpty();
        }

        assertThat(Fixture.DYNAMO_DB.listTables().join().tableNames()).doesNotContain("no-table-for-trials");
    }

    /** Nothing that is there is touched, whatever it is called. */
    @Test
    void denial_whereItemsAreThere_leavesThemAlone() {
        String table = Fixture.table(TableShape.S);
        Map<String, AttributeValue> item = Map.of("pk", AttributeValue.fromS("true"));
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table).item(item))
                .join();

        for (Call call : Call.values()) {
            assertThat(on(table, "pk", TableShape.S).denial(call).join()).isEmpty();
        }

        assertThat(Fixture.items(table)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void denial_byIam_namesTheActionAndTheResource(Call call) {
        String arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders";
        proxy.rule(request -> DynamoDbFaults.error(
                "com.amazon.coral.service#AccessDeniedException",
                "User: arn:aws:iam::111122223333:user/x is not authorized to perform: dynamodb:" + request.operation()
                        + " on resource: " + arn + " because no identity-based policy allows it"));

        assertThat(on("Orders", "pk", TableShape.S).denial(call).join())
                .hasValueSatisfying(denial -> assertThat(denial.code()).isEqualTo(RestoreErrorCode.ACCESS_DENIED))
                .hasValueSatisfying(denial -> assertThat(denial)
                        .hasMessage("DynamoDB refused dynamodb:"
                                + proxy.requests(request -> true).get(0).operation() + " on " + arn
                                + ": AccessDeniedException"));
        assertThat(proxy.requests(request -> true))
                .singleElement()
                .satisfies(request -> assertThat(request.isTrial()).isTrue());
    }

    @Test
    void denial_throttledAtFirst_isTriedAgain() {
        proxy.rule(FaultRule.first(2, DynamoDbFaults.throttle())
                .orElse(FaultRule.always(
                        DynamoDbFaults.error("com.amazon.coral.service#AccessDeniedException", "not authorized"))));

        assertThat(on("Orders", "pk", TableShape.S).denial(Call.PUT_ITEM).join())
                .isPresent();
        assertThat(proxy.requestCount()).isEqualTo(3);
    }

    @Test
    void denial_thatCannotBeFoundOut_isNoneAfterThreeTries() {
        for (Fault fault : List.of(
                DynamoDbFaults.throttle(), Fault.resetBeforeForwarding(), Fault.reply(HttpReply.json(503, "{}")))) {
            long before = proxy.requestCount();
            proxy.rule(FaultRule.always(fault));

            assertThat(on("Orders", "pk", TableShape.S)
                            .denial(Call.BATCH_WRITE_ITEM)
                            .join())
                    .isEmpty();
            assertThat(proxy.requestCount() - before).isEqualTo(3);
        }
    }
}
