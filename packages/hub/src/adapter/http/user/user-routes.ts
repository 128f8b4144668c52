import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { UserService } from '../../../application/user/user-service.ts';
import { tagVersion } from '../answer/entity-tag.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { changing, ifMatchHeaders } from '../request/expected-version.ts';
import { idParams } from '../request/id-params.ts';
import { onceHeaders, onceRequest, sayMade } from '../request/once-request.ts';
import { pageRequest } from '../request/page-query.ts';
import { invitationJson, invitationSchema } from './invitation-json.ts';
import { userJson, userSchema } from './user-json.ts';
import { newUserSchema, userChangesSchema, userQuery } from './user-requests.ts';

const createdUserSchema = userSchema.extend({ invitation: invitationSchema.optional() }).meta({ id: 'CreatedUser' });

export interface UserRoutesOptions {
  readonly users: UserService;
}

/** `/users`: the people who use the hub. For administrators; everybody may look at themselves. */
export const userRoutes: FastifyPluginAsyncZod<UserRoutesOptions> = async (app, { users }) => {
  app.get(
    '/users',
    {
      schema: {
        operationId: 'listUsers',
        summary: 'All users',
        querystring: userQuery,
        response: { 200: pageSchema('UserPage', userSchema) },
      },
    },
    async (request) => {
      const { role, q, ...page } = request.query;
      const filter = { ...(role && { role }), ...(q && { text: q }) };
      return pageJson(await users.list(principalOf(request), filter, pageRequest(page)), userJson);
    },
  );

  app.post(
    '/users',
    {
      schema: {
        operationId: 'createUser',
        summary: 'Make a user',
        description: 'Without a password the answer holds an invitation to hand on; it is shown this once.',
        headers: onceHeaders,
        body: newUserSchema,
        response: { 201: createdUserSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { made, isRepeat, invitation } = await users.create(
        principalOf(request),
        request.body,
        onceRequest(request),
      );
      sayMade({ isRepeat }, reply);
      tagVersion(reply, made);
      return { ...userJson(made), ...(invitation && { invitation: invitationJson(invitation) }) };
    },
  );

  app.get(
    '/users/:id',
    { schema: { operationId: 'getUser', summary: 'One user', params: idParams, response: { 200: userSchema } } },
    async (request, reply) => {
      const user = await users.get(principalOf(request), request.params.id);
      tagVersion(reply, user);
      return userJson(user);
    },
  );

  app.patch(
    '/users/:id',
    {
      schema: {
        operationId: 'changeUser',
        summary: 'Change the address or the role of a user, disable or enable them',
        description:
          'Whoever is disabled is signed out at once. Another address or role closes an open invitation. The last administrator stays one.',
        params: idParams,
        headers: ifMatchHeaders,
        body: userChangesSchema,
        response: { 200: userSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { params, body } = request;
      const user = await changing(request, (version) => users.update(principalOf(request), params.id, version, body));
      tagVersion(reply, user);
      return userJson(user);
    },
  );

  app.delete(
    '/users/:id',
    {
      schema: {
        operationId: 'deleteUser',
        summary: 'Remove a user',
        description: 'With their keys, grants and jobs. One who has runs stays: disable them instead.',
        params: idParams,
        headers: ifMatchHeaders,
        body: emptyBody,
        response: { 204: z.undefined() },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { id } = request.params;
      await changing(request, (version) => users.delete(principalOf(request), id, version));
      return reply.code(204).send();
    },
  );

  app.post(
    '/users/:id/invitation',
    {
      schema: {
        operationId: 'inviteUser',
        summary: 'Let a user choose a password, for the first time or anew',
        description:
          'An earlier invitation is closed by it. Their password, if they have one, is good until they answer.',
        params: idParams,
        body: emptyBody,
        response: { 200: invitationSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request) => invitationJson(await users.invite(principalOf(request), request.params.id)),
  );
};
