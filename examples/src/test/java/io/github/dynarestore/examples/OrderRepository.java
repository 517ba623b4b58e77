package io.github.dynarestore.examples;

import java.math.BigDecimal;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What an application has to be tested. */
record OrderRepository(DynamoDbClient dynamoDb, String table) {

    BigDecimal total(String customer) {
        return dynamoDb
                .queryPaginator(query -> query.tableName(table)
                        .keyConditionExpression("customer = :customer")
                        .expressionAttributeValues(Map.of(":customer", AttributeValue.fromS(customer))))
                .items()
                .stream()
                .map(item -> new BigDecimal(item.get("total").n()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    void cancel(String customer, int number) {
        dynamoDb.deleteItem(delete -> delete.tableName(table)
                .key(Map.of(
                        "customer",
                        AttributeValue.fromS(customer),
                        "number",
                        AttributeValue.fromN(String.valueOf(number)))));
    }
}
