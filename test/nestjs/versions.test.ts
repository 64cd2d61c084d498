import { Injectable, Module } from '@nestjs/common';
import { ExternalContextCreator, ModulesContainer } from '@nestjs/core';
import { Server } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { expect, test } from 'vitest';

@Injectable()
class Here {}

@Module({ providers: [Here] })
class HereModule {}

test('each project has the major of Nest it says, once', async () => {
  const moduleRef = await Test.createTestingModule({ imports: [HereModule] }).compile();
  expect(moduleRef.get(Here)).toBeInstanceOf(Here);
  expect(typeof ExternalContextCreator).toBe('function');
  expect(typeof ModulesContainer).toBe('function');
  expect('handleRequest' in Server.prototype).toBe(process.env['NEST_MAJOR'] === '12');
});
