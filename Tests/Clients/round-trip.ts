// A round trip with the client that openapi-generator makes for TypeScript.
import {
    ApplicationsApi, Configuration, OperationResultOutcomeEnum, OperationsApi, OperationStatusEnum, RespondStatusEnum,
    ResponseError, ResponsesApi,
} from './client/index';

declare const process: { env: Record<string, string> };

function check(condition: boolean, what: unknown) {
    if (!condition) throw new Error(JSON.stringify(what));
}

async function run() {
    const configuration = new Configuration({ basePath: process.env.BASE, accessToken: process.env.TOKEN });
    const applications = new ApplicationsApi(configuration);
    const responses = new ResponsesApi(configuration);
    const operations = new OperationsApi(configuration);

    const created = await applications.createApplication({
        idempotencyKey: 'typescript-1',
        createApplication: {
            volunteerApplicationId: 'typescript', fundId: 123, availableSpots: 1, applicationName: 'Уборка',
            applicationDescription: '', applicationDate: new Date('2030-12-09'), applicationStarttime: '14:00:00',
            applicationEndtime: '18:00:00',
        },
    });
    check(created.status === OperationStatusEnum.Succeeded, created);

    const accept = (volunteerId: number) =>
        responses.respond({ id: 'typescript', respond: { volunteerId, status: RespondStatusEnum.Accepted } });
    const first = await accept(789);
    check(first.result?.outcome === OperationResultOutcomeEnum.Confirmed, first);
    const polled = await operations.getOperation({ id: (await accept(1011)).id, prefer: 'wait=20' });
    check(polled.result?.position === 1, polled);

    const page = await responses.listResponses({ id: 'typescript' });
    check(page.items.map((item) => item.state).sort().join() === 'confirmed,waiting', page);
    check((await applications.getApplication({ id: 'typescript' })).availableSpots === 1, 'one spot');
    const missing = await applications.getApplication({ id: 'nowhere' }).catch((error: ResponseError) => error);
    check(missing instanceof ResponseError, missing);
    const problem = await (missing as ResponseError).response.json();
    check(problem.code === 'not_found', problem);
}

run();
